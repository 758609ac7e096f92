import { useLocation } from 'preact-iso';
import { queryOf, useAddress } from '../address.ts';
import { VIEWS } from '../base.ts';
import { type Language, useTexts } from '../i18n.ts';
import { PropertySearch } from './property-search.tsx';

interface Props {
  language: Language;
  onLanguage: (language: Language) => void;
  /** Shows the links to the views. */
  isSignedIn: boolean;
  /** Null: no button. */
  onSignOut: (() => void) | null;
}

export function Header({ language, onLanguage, isSignedIn, onSignOut }: Props) {
  const t = useTexts();
  const { path } = useLocation();
  const address = { ...useAddress(), cursor: null };
  const links = [
    [VIEWS.cities, t.navCities, address],
    [VIEWS.map, t.navMap, address],
    // Sold properties are part of a market.
    [VIEWS.market, t.navMarket, { ...address, status: 'all' }],
  ] as const;
  const isList = !links.some(([view]) => path.startsWith(view));
  return (
    <header class="header">
      <a class="brand" href={VIEWS.ranking}>
        <img src={`${VIEWS.ranking}/icon.svg`} alt="" width="28" height="28" />
        <span>
          <span class="brand-owner">Habi</span> <b>{t.product}</b>
        </span>
      </a>
      {isSignedIn && (
        <nav aria-label={t.nav}>
          <a
            href={VIEWS.ranking + queryOf({ ...address, sort: undefined })}
            aria-current={isList ? 'page' : undefined}
          >
            {t.navProperties}
          </a>
          {links.map(([view, text, query]) => (
            <a
              key={view}
              href={view + queryOf(query)}
              aria-current={path.startsWith(view) ? 'page' : undefined}
            >
              {text}
            </a>
          ))}
        </nav>
      )}
      {isSignedIn && <PropertySearch />}
      <div class="header-end">
        <div class="segments small" role="group" aria-label={t.language}>
          {(['es', 'en'] as const).map((option) => (
            <button
              key={option}
              type="button"
              lang={option}
              title={option === 'es' ? 'Español' : 'English'}
              aria-pressed={option === language}
              onClick={() => onLanguage(option)}
            >
              {option.toUpperCase()}
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
