import type { Chart } from 'chart.js';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useTexts } from '../i18n.ts';

type Colour = '--accent' | '--negative';

interface Series {
  label: string;
  values: readonly number[];
  /** The name of a custom property of the style sheet; one of each value, or of all. */
  colour: Colour | readonly Colour[];
}
interface Props {
  /** What it shows, for those who do not see it. */
  summary: string;
  labels: readonly string[];
  series: readonly Series[];
  isHorizontal?: boolean;
  format: (value: number) => string;
}

/** Bars on a canvas; what they say is said beside it in words, too. */
export function BarChart({ summary, labels, series, isHorizontal = false, format }: Props) {
  const t = useTexts();
  const [isMissing, setMissing] = useState(false);
  const canvas = useRef<HTMLCanvasElement>(null);
  const key = JSON.stringify([summary, labels, series]);
  useEffect(() => {
    let chart: Chart | undefined;
    let isOver = false;
    const draw = async () => {
      // Half of all the scripts, and the list does without.
      const { barChart } = await import('../charts.ts');
      if (isOver || !canvas.current) return;
      chart?.destroy();
      chart = barChart(canvas.current, { labels, series, isHorizontal, format });
    };
    // After the service was updated its old files are gone.
    const orSaySo = () => draw().catch(() => setMissing(true));
    void orSaySo();
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => void orSaySo();
    scheme.addEventListener('change', redraw);
    return () => {
      isOver = true;
      scheme.removeEventListener('change', redraw);
      chart?.destroy();
    };
  }, [key]);
  if (isMissing)
    return (
      <p class="notice">
        {t.noChart}{' '}
        <button type="button" class="quiet" onClick={() => location.reload()}>
          {t.reload}
        </button>
      </p>
    );
  return (
    <div class={`chart ${isHorizontal ? `rows-${Math.min(labels.length, 12)}` : ''}`}>
      <canvas ref={canvas} role="img" aria-label={summary} />
    </div>
  );
}
