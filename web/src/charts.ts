import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from 'chart.js';

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

interface BarChartOptions {
  labels: readonly string[];
  /** `colour`: a custom property of the style sheet, for all bars or for each. */
  series: readonly { label: string; values: readonly number[]; colour: string | readonly string[] }[];
  isHorizontal: boolean;
  format: (value: number) => string;
}

/** Draws a bar chart. The caller destroys it. */
export function barChart(
  canvas: HTMLCanvasElement,
  { labels, series, isHorizontal, format }: BarChartOptions,
): Chart {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const valueAxis = {
    ticks: { color: colour('--muted'), callback: (value: string | number) => format(Number(value)) },
    grid: { color: colour('--line') },
    border: { display: false },
    beginAtZero: true,
    grace: '5%',
  };
  const labelAxis = {
    ticks: { color: colour('--muted'), maxRotation: 0, autoSkipPadding: 16, autoSkip: !isHorizontal },
    grid: { display: false },
    border: { color: colour('--line') },
    stacked: true,
  };
  return new Chart(canvas, {
    type: 'bar',
    data: {
      labels: [...labels],
      datasets: series.map(({ label, values, colour: name }) => ({
        label,
        data: [...values],
        backgroundColor: typeof name === 'string' ? colour(name) : name.map(colour),
        borderRadius: 3,
        maxBarThickness: 28,
      })),
    },
    options: {
      indexAxis: isHorizontal ? 'y' : 'x',
      maintainAspectRatio: false,
      animation: false,
      scales: isHorizontal ? { x: valueAxis, y: labelAxis } : { x: labelAxis, y: valueAxis },
      plugins: {
        tooltip: {
          // A horizontal bar has its label beside it.
          callbacks: {
            label: ({ dataset, raw }) =>
              isHorizontal ? format(Number(raw)) : `${dataset.label ?? ''}: ${format(Number(raw))}`,
          },
        },
      },
    },
  });
}
