import { useLocation } from 'preact-iso';
import { queryOf, useAddress } from '../address.ts';
import { RANKING } from '../base.ts';
import { type Language, useTexts } from '../i18n.ts';

interface Props {
  language: Language;
  onLanguage: (language: Language) => void;
  /** Whether there are views to go to. */
  isIn: boolean;
  onSignOut: (() => void) | null;
}

export function Header({ language, onLanguage, isIn, onSignOut }: Props) {
  const t = useTexts();
  const { path } = useLocation();
  const { by, window, city } = useAddress();
  const isCities = path.startsWith(`${RANKING}/cities`);
  return (
    <header class="header">
      <a class="brand" href={RANKING}>
        <img src={`${RANKING}/icon.svg`} alt="" width="28" height="28" />
        <span>
          <span class="brand-owner">Habi</span> <b>{t.product}</b>
        </span>
      </a>
      {isIn && (
        <nav aria-label={t.nav}>
          <a href={`${RANKING}${queryOf({ by, window, city })}`} aria-current={isCities ? undefined : 'page'}>
            {t.navHomes}
          </a>
          <a
            href={`${RANKING}/cities${queryOf({ by, window, city })}`}
            aria-current={isCities ? 'page' : undefined}
          >
            {t.navCities}
          </a>
        </nav>
      )}
      <div class="header-end">
        <div class="segments small" role="group" aria-label={t.language}>
          {(['es', 'en'] as const).map((one) => (
            <button
              key={one}
              type="button"
              lang={one}
              title={one === 'es' ? 'Español' : 'English'}
              aria-pressed={one === language}
              onClick={() => onLanguage(one)}
            >
              {one.toUpperCase()}
            </button>
          ))}
        </div>
        {onSignOut && (
          <button type="button" class="quiet" onClick={onSignOut}>
            {t.signOut}
          </button>
        )}
      </div>
    </header>
  );
}
