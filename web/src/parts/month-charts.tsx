import type { MarketMonth } from '../api/index.ts';
import { useTexts } from '../i18n.ts';
import { AsTable } from './as-table.tsx';

/** Months from one label of the axis to the next. */
const LABEL_STEP = 6;
const BAR_WIDTH = 0.72;

/** Properties available at the end of each month; and those published above the zero line, those sold below it. */
export function MonthCharts({ months }: { months: readonly MarketMonth[] }) {
  const t = useTexts();
  const { count, month } = t.format;
  const last = months.at(-1);
  if (!last) return null;
  const sum = (valueOf: (one: MarketMonth) => number): string =>
    count(months.reduce((total, one) => total + valueOf(one), 0));
  return (
    <>
      <div class="columns">
        <Columns
          summary={t.availableSummary(count(last.available))}
          keys={[['likes', t.available]]}
          columns={months.map((one) => ({ month: one.month, up: one.available, down: 0 }))}
        />
        <Columns
          summary={t.publishedSummary(
            sum(({ published }) => published),
            sum(({ sold }) => sold),
          )}
          keys={[
            ['likes', t.published],
            ['unlikes', t.soldInMonth],
          ]}
          columns={months.map((one) => ({ month: one.month, up: one.published, down: one.sold }))}
        />
      </div>
      <AsTable
        headings={[t.month, t.available, t.published, t.soldInMonth]}
        rows={months
          .map((one) => [month(one.month), count(one.available), count(one.published), count(one.sold)])
          .toReversed()}
      />
    </>
  );
}

interface ColumnsProps {
  summary: string;
  keys: readonly (readonly [kind: string, text: string])[];
  columns: readonly { month: string; up: number; down: number }[];
}

/** Bars by month, above and below a zero line. The largest values are written at the axis. */
function Columns({ summary, keys, columns }: ColumnsProps) {
  const t = useTexts();
  const [up, down] = [
    Math.max(1, ...columns.map((one) => one.up)),
    Math.max(0, ...columns.map((one) => one.down)),
  ];
  const x = (i: number): string => percent(i / columns.length);
  const y = (value: number): string => percent((up - value) / (up + down));
  const height = (value: number): string => percent(value / (up + down));
  return (
    <figure class="day-chart">
      <figcaption>
        {keys.map(([kind, text]) => (
          <span key={kind} class={`key ${kind}`}>
            {text}
          </span>
        ))}
      </figcaption>
      <svg role="img" aria-label={summary}>
        {[up, 0, ...(down > 0 ? [-down] : [])].map((tick) => (
          <g key={tick}>
            <line class={tick === 0 ? 'zero' : ''} x1="0" x2="100%" y1={y(tick)} y2={y(tick)} />
            <text x="-8" y={y(tick)} dy="0.35em" text-anchor="end">
              {t.format.count(Math.abs(tick))}
            </text>
          </g>
        ))}
        {columns.map((one, i) => (
          <g key={one.month}>
            <title>{t.format.month(one.month)}</title>
            <rect
              class="likes"
              x={x(i + (1 - BAR_WIDTH) / 2)}
              width={x(BAR_WIDTH)}
              y={y(one.up)}
              height={height(one.up)}
            />
            <rect
              class="unlikes"
              x={x(i + (1 - BAR_WIDTH) / 2)}
              width={x(BAR_WIDTH)}
              y={y(0)}
              height={height(one.down)}
            />
            {(columns.length - 1 - i) % LABEL_STEP === 0 && (
              <text
                x={i === columns.length - 1 ? '100%' : x(i + 0.5)}
                y="100%"
                dy="20"
                text-anchor={i === columns.length - 1 ? 'end' : 'middle'}
              >
                {t.format.month(one.month)}
              </text>
            )}
          </g>
        ))}
      </svg>
    </figure>
  );
}

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;
