import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from 'chart.js';

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

interface Bars {
  labels: readonly string[];
  series: readonly { label: string; values: readonly number[]; colour: string | readonly string[] }[];
  isHorizontal: boolean;
  format: (value: number) => string;
}

export function barChart(canvas: HTMLCanvasElement, { labels, series, isHorizontal, format }: Bars): Chart {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const values = {
    ticks: { color: colour('--muted'), callback: (value: string | number) => format(Number(value)) },
    grid: { color: colour('--line') },
    border: { display: false },
    beginAtZero: true,
    grace: '5%',
  };
  const names = {
    ticks: { color: colour('--muted'), maxRotation: 0, autoSkipPadding: 16, autoSkip: !isHorizontal },
    grid: { display: false },
    border: { color: colour('--line') },
    stacked: true,
  };
  return new Chart(canvas, {
    type: 'bar',
    data: {
      labels: [...labels],
      datasets: series.map((one) => ({
        label: one.label,
        data: [...one.values],
        backgroundColor: typeof one.colour === 'string' ? colour(one.colour) : one.colour.map(colour),
        borderRadius: 3,
        maxBarThickness: 28,
      })),
    },
    options: {
      indexAxis: isHorizontal ? 'y' : 'x',
      maintainAspectRatio: false,
      animation: false,
      scales: isHorizontal ? { x: values, y: names } : { x: names, y: values },
      plugins: {
        tooltip: {
          // A row is named beside it.
          callbacks: {
            label: ({ dataset, raw }) =>
              isHorizontal ? format(Number(raw)) : `${dataset.label ?? ''}: ${format(Number(raw))}`,
          },
        },
      },
    },
  });
}
