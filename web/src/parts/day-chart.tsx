import { useState } from 'preact/hooks';
import type { LikesOfDay } from '../api/index.ts';
import { useTexts } from '../i18n.ts';

const MAX_TICKS_ABOVE_ZERO = 5;
/** Days from one date of the axis to the next. */
const DATE_STEP = 15;
/** The part of a day's width that its bar takes. */
const BAR_WIDTH = 0.72;

/** Likes by day above the zero line, unlikes below it. */
export function DayChart({ series, summary }: { series: readonly LikesOfDay[]; summary: string }) {
  const t = useTexts();
  /** The day under the pointer; null: none. */
  const [shown, setShown] = useState<number | null>(null);
  const { step, low, high } = scaleOf(series);
  const firstTick = Math.ceil(low / step) * step;
  const ticks = Array.from({ length: (high - firstTick) / step + 1 }, (_, i) => firstTick + i * step);
  const x = (day: number): string => percent(day / series.length);
  const y = (value: number): string => percent((high - value) / (high - low));
  const height = (value: number): string => percent(value / (high - low));
  const daysBefore = (i: number): number => series.length - 1 - i;
  const day = shown === null ? undefined : series[shown];
  return (
    <figure class="day-chart">
      <figcaption>
        <span class="key likes">{t.likesMade}</span>
        <span class="key unlikes">{t.unlikes}</span>
        {day && (
          <b>
            {t.dayReadout(t.format.day(day.date), t.format.count(day.likes), t.format.count(day.unlikes))}
          </b>
        )}
      </figcaption>
      <svg
        role="img"
        aria-label={summary}
        onPointerMove={({ currentTarget, clientX }) => {
          const { left, width } = currentTarget.getBoundingClientRect();
          const under = Math.floor(((clientX - left) / width) * series.length);
          setShown(Math.min(Math.max(under, 0), series.length - 1));
        }}
        onPointerLeave={() => setShown(null)}
      >
        {/* The pointer is over the chart between the bars, too. */}
        <rect class="ground" width="100%" height="100%" />
        {shown !== null && <rect class="shown" x={x(shown)} width={x(1)} height="100%" />}
        {ticks.map((tick) => (
          <g key={tick}>
            <line class={tick === 0 ? 'zero' : ''} x1="0" x2="100%" y1={y(tick)} y2={y(tick)} />
            <text x="-8" y={y(tick)} dy="0.35em" text-anchor="end">
              {t.format.count(Math.abs(tick))}
            </text>
          </g>
        ))}
        {series.map(({ date, likes, unlikes }, i) => (
          <g key={date}>
            <rect
              class="likes"
              x={x(i + (1 - BAR_WIDTH) / 2)}
              width={x(BAR_WIDTH)}
              y={y(likes)}
              height={height(likes)}
            />
            <rect
              class="unlikes"
              x={x(i + (1 - BAR_WIDTH) / 2)}
              width={x(BAR_WIDTH)}
              y={y(0)}
              height={height(unlikes)}
            />
            {daysBefore(i) % DATE_STEP === 0 && (
              <text
                class={daysBefore(i) % (2 * DATE_STEP) === 0 ? '' : 'minor'}
                x={daysBefore(i) === 0 ? '100%' : x(i + 0.5)}
                y="100%"
                dy="20"
                text-anchor={daysBefore(i) === 0 ? 'end' : 'middle'}
              >
                {daysBefore(i) === 0 ? t.today : t.format.day(date)}
              </text>
            )}
          </g>
        ))}
      </svg>
    </figure>
  );
}

/** Ticks at whole steps of 1, 2 or 5 times a power of ten. The axis ends at the most unlikes and at a tick above the likes. */
function scaleOf(series: readonly LikesOfDay[]): { step: number; low: number; high: number } {
  const likes = Math.max(1, ...series.map((day) => day.likes));
  const unlikes = Math.max(0, ...series.map((day) => day.unlikes));
  const most = Math.max(likes, unlikes);
  const power = 10 ** Math.max(0, Math.floor(Math.log10(most / MAX_TICKS_ABOVE_ZERO)));
  const step = [1, 2, 5, 10]
    .map((factor) => factor * power)
    .find((one) => most / one <= MAX_TICKS_ABOVE_ZERO)!;
  return { step, low: 0 - unlikes, high: Math.ceil(likes / step) * step };
}

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;
