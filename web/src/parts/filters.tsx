import type { ComponentChildren } from 'preact';
import { PROPERTY_TYPES, STATUS_FILTERS, useAddress, WINDOWS } from '../address.ts';
import { useTexts } from '../i18n.ts';

interface Props {
  withMethod?: boolean;
  withWindow?: boolean;
  /** Names to choose from. With them, the status and the type can be chosen, too. */
  cities?: readonly string[];
}

export function Filters({ withMethod = false, withWindow = true, cities }: Props) {
  const t = useTexts();
  const { by, window, city, status, propertyType, go } = useAddress();
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
      {withWindow && (by === 'likes' || !withMethod) && (
        <Choice label={t.window} value={window} values={WINDOWS} onChoice={(one) => go({ window: one })}>
          {(one) => t.windows[one]}
        </Choice>
      )}
      {cities && (
        <>
          <Choice
            label={t.city}
            value={city ?? ''}
            // The address may name a city without properties, or spell a name in another way.
            values={['', ...(city !== null && !cities.includes(city) ? [city] : []), ...cities]}
            onChoice={(one) => go({ city: one || null })}
          >
            {(one) => one || t.allCities}
          </Choice>
          <Choice
            label={t.status}
            value={status}
            values={STATUS_FILTERS}
            onChoice={(one) => go({ status: one })}
          >
            {(one) => t.statuses[one]}
          </Choice>
          <Choice
            label={t.type}
            value={propertyType ?? ''}
            values={['', ...PROPERTY_TYPES] as const}
            onChoice={(one) => go({ propertyType: one || null })}
          >
            {(one) => (one ? t.types[one] : t.allTypes)}
          </Choice>
        </>
      )}
    </form>
  );
}

interface ChoiceProps<T extends string> {
  label: ComponentChildren;
  value: T;
  values: readonly T[];
  onChoice: (value: T) => void;
  children: (value: T) => string;
}

function Choice<T extends string>({ label, value, values, onChoice, children: textOf }: ChoiceProps<T>) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={({ currentTarget }) => onChoice(values[currentTarget.selectedIndex]!)}>
        {values.map((one) => (
          <option key={one} value={one}>
            {textOf(one)}
          </option>
        ))}
      </select>
    </label>
  );
}
