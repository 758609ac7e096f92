import type { LikesOfDay } from '../api/index.ts';
import { useTexts } from '../i18n.ts';

const [WIDTH, HEIGHT] = [120, 32];
/** Days of a step: single days of few likes are noise. */
const STEP = 3;

export function Sparkline({ series }: { series: readonly LikesOfDay[] | undefined }) {
  const t = useTexts();
  if (!series) return <span class="sparkline" aria-hidden="true" />;
  const likes = series.map((day) => day.likes);
  const steps = Array.from({ length: Math.ceil(likes.length / STEP) }, (_, i) =>
    sum(likes.slice(i * STEP, (i + 1) * STEP)),
  );
  const most = Math.max(1, ...steps);
  const points = steps.map((value, i) => {
    const x = (i / (steps.length - 1)) * WIDTH;
    return `${x.toFixed(1)},${(HEIGHT - 2 - (value / most) * (HEIGHT - 5)).toFixed(1)}`;
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
