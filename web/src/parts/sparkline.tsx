import type { LikesOfDay } from '../api/index.ts';
import { useTexts } from '../i18n.ts';

/** Units of the view box; the curve is stretched to the size of its box. */
const [WIDTH, HEIGHT] = [120, 32];
/** One point sums several days, because single days with few likes are noise. */
const DAYS_PER_POINT = 3;

/** Likes by day as a curve; an empty box until `series` is loaded. */
export function Sparkline({ series }: { series: readonly LikesOfDay[] | undefined }) {
  const t = useTexts();
  if (!series) return <span class="sparkline" aria-hidden="true" />;
  const likes = series.map((day) => day.likes);
  const sums = Array.from({ length: Math.ceil(likes.length / DAYS_PER_POINT) }, (_, i) =>
    sum(likes.slice(i * DAYS_PER_POINT, (i + 1) * DAYS_PER_POINT)),
  );
  const highest = Math.max(1, ...sums);
  const points = sums.map((value, i) => {
    const x = (i / (sums.length - 1)) * WIDTH;
    return `${x.toFixed(1)},${(HEIGHT - 2 - (value / highest) * (HEIGHT - 5)).toFixed(1)}`;
  });
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t.sparkline(t.format.count(sum(likes)), t.format.count(Math.max(...likes)))}
    >
      <path class="area" d={`M0,${HEIGHT} L${points.join(' L')} L${WIDTH},${HEIGHT} Z`} />
      <path class="line" d={`M${points.join(' L')}`} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
