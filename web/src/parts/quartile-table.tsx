import type { Statistics } from '../api/index.ts';
import { useTexts } from '../i18n.ts';

type Quartiles = Statistics['price'] | Statistics['area'];

/** How far a whisker reaches at most, in distances between the quartiles. */
const WHISKER = 1.5;

/** One row for each measure: its quartiles as numbers and as a box plot. */
export function QuartileTable({ data }: { data: Statistics }) {
  const t = useTexts();
  const { count, area } = t.format;
  const money = (value: number): string => t.format.money(value, 'COP');
  const measures: [string, Quartiles, (value: number) => string][] = [
    [t.price, data.price, money],
    [t.pricePerSquareMetre, data.pricePerSquareMetre, money],
    [t.areaInSquareMetres, data.area, area],
    [t.daysOnMarket, data.daysOnMarket, count],
  ];
  const columns = ['min', 'p25', 'median', 'p75', 'max'] as const;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t.quartilesTitle}>
      <table class="quartiles">
        <thead>
          <tr>
            <td />
            <td />
            {[t.known, t.lowest, t.quarter, t.median, t.threeQuarters, t.highest].map((text) => (
              <th key={text} scope="col" class="number">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {measures.map(([name, quartiles, format]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <BoxPlot quartiles={quartiles} />
              </td>
              <td class="number">{count(quartiles.count)}</td>
              {columns.map((column) => (
                <td key={column} class={`number ${column === 'median' ? 'sorted' : ''}`}>
                  {quartiles[column] === null ? '–' : format(quartiles[column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Half of the values are in the box. The line ends before values that are far from it. */
function BoxPlot({ quartiles: { min, p25, median, p75, max } }: { quartiles: Quartiles }) {
  if (min === null || p25 === null || median === null || p75 === null || max === null) return null;
  const reach = WHISKER * (p75 - p25);
  const [low, high] = [Math.max(min, p25 - reach), Math.min(max, p75 + reach)];
  const share = (value: number): number => (high === low ? 50 : 2 + (96 * (value - low)) / (high - low));
  const x = (value: number): string => `${share(value).toFixed(2)}%`;
  return (
    <svg class="box-plot" aria-hidden="true">
      <line x1={x(low)} x2={x(high)} y1="50%" y2="50%" />
      <rect x={x(p25)} width={`${(share(p75) - share(p25)).toFixed(2)}%`} y="4" height="16" rx="3" />
      <line class="median" x1={x(median)} x2={x(median)} y1="1" y2="23" />
    </svg>
  );
}
