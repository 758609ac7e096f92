import { SMALLEST_SCORE } from '../format.ts';

interface Bar {
  label: string;
  value: number;
  /** The value as text, beside the bar. */
  text: string;
}

/** Labelled horizontal bars with their values. Bars of negative values end at the zero line. */
export function Bars({ bars }: { bars: readonly Bar[] }) {
  const values = bars.map(({ value }) => value);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  // Values that are shown as zero have no bar.
  const span = high - low < SMALLEST_SCORE ? Infinity : high - low;
  const percent = (value: number): string => `${((value / span) * 100).toFixed(2)}%`;
  return (
    <ul class="bars">
      {bars.map(({ label, value, text }) => (
        <li key={label}>
          <span>{label}</span>
          <svg aria-hidden="true">
            <rect
              class={value < 0 ? 'negative' : ''}
              x={percent(Math.min(value, 0) - low)}
              width={percent(Math.abs(value))}
              height="100%"
              rx="3"
            />
            {low < 0 && <line x1={percent(0 - low)} x2={percent(0 - low)} y1="0" y2="100%" />}
          </svg>
          <span class="value">{text}</span>
        </li>
      ))}
    </ul>
  );
}
