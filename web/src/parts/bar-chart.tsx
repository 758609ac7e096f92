import type { Chart } from 'chart.js';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useTexts } from '../i18n.ts';

type Colour = '--accent' | '--negative';

interface Series {
  label: string;
  values: readonly number[];
  /** Custom properties of the style sheet: one for all values, or one for each. */
  colour: Colour | readonly Colour[];
}
interface Props {
  /** Description of the chart for screen readers. */
  summary: string;
  labels: readonly string[];
  series: readonly Series[];
  isHorizontal?: boolean;
  format: (value: number) => string;
}

/** Bars on a canvas. The view must give the same data as text, too. */
export function BarChart({ summary, labels, series, isHorizontal = false, format }: Props) {
  const t = useTexts();
  const [hasFailed, setFailed] = useState(false);
  const canvas = useRef<HTMLCanvasElement>(null);
  const key = JSON.stringify([summary, labels, series]);
  useEffect(() => {
    let chart: Chart | undefined;
    let isOver = false;
    const draw = async () => {
      // Chart.js is half of all script bytes, and the list does not need it.
      const { barChart } = await import('../charts.ts');
      if (isOver || !canvas.current) return;
      chart?.destroy();
      chart = barChart(canvas.current, { labels, series, isHorizontal, format });
    };
    // The import fails when an update of the service has replaced the files.
    const redraw = () => void draw().catch(() => setFailed(true));
    redraw();
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', redraw);
    return () => {
      isOver = true;
      scheme.removeEventListener('change', redraw);
      chart?.destroy();
    };
  }, [key]);
  if (hasFailed)
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
