import { useAddress, WINDOWS } from '../address.ts';
import { useTexts } from '../i18n.ts';

/** @param props.cities by name; null: this view is of all of them */
export function Filters({ cities, withMethod }: { cities: readonly string[] | null; withMethod: boolean }) {
  const t = useTexts();
  const { by, window, city, go } = useAddress();
  return (
    <form class="filters" aria-label={t.filters} onSubmit={(event) => event.preventDefault()}>
      {withMethod && (
        <fieldset class="field">
          <legend>{t.method}</legend>
          <div class="segments">
            {(['trending', 'likes'] as const).map((one) => (
              <button key={one} type="button" aria-pressed={one === by} onClick={() => go({ by: one })}>
                {t[one]}
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
              go({ window: WINDOWS.find((one) => one === currentTarget.value) })
            }
          >
            {WINDOWS.map((one) => (
              <option key={one} value={one}>
                {t.windows[one]}
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
            {/* An address may name a city that has no homes, or spell it another way. */}
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
