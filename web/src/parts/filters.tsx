import { useAddress, WINDOWS } from '../address.ts';
import { useTexts } from '../i18n.ts';

/** @param props.cities names to choose from; null: no city filter */
export function Filters({ cities, withMethod }: { cities: readonly string[] | null; withMethod: boolean }) {
  const t = useTexts();
  const { by, window, city, go } = useAddress();
  return (
    <form class="filters" aria-label={t.filters} onSubmit={(event) => event.preventDefault()}>
      {withMethod && (
        <fieldset class="field">
          <legend>{t.method}</legend>
          <div class="segments">
            {(['trending', 'likes'] as const).map((method) => (
              <button
                key={method}
                type="button"
                aria-pressed={method === by}
                onClick={() => go({ by: method })}
              >
                {t[method]}
              </button>
            ))}
          </div>
        </fieldset>
      )}
      {(by === 'likes' || !withMethod) && (
        <label class="field">
          <span>{t.window}</span>
          <select
            value={window}
            onChange={({ currentTarget }) =>
              go({ window: WINDOWS.find((known) => known === currentTarget.value) })
            }
          >
            {WINDOWS.map((option) => (
              <option key={option} value={option}>
                {t.windows[option]}
              </option>
            ))}
          </select>
        </label>
      )}
      {cities && (
        <label class="field">
          <span>{t.city}</span>
          <select
            value={city ?? ''}
            onChange={({ currentTarget }) => go({ city: currentTarget.value || null })}
          >
            <option value="">{t.allCities}</option>
            {/* The address may name a city without properties, or spell a name in another way. */}
            {city !== null && !cities.includes(city) && <option value={city}>{city}</option>}
            {cities.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </form>
  );
}
