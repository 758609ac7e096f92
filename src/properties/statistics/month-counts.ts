import { type MarketMonths, monthOf, SHOWN_MONTHS } from '../model/market.js';

export interface MonthCounts {
  /** `YYYY-MM`, UTC. */
  readonly month: string;
  readonly published: number;
  readonly sold: number;
  readonly available: number;
}

/**
 * Counts properties in each of the last 24 months, oldest first. The last one is the month of `now`.
 * @param periods of properties, each with the number of properties that have them
 * @param now in milliseconds since 1970
 */
export function countMonths(periods: Iterable<readonly [MarketMonths, number]>, now: number): MonthCounts[] {
  const last = monthOf(now / 1_000);
  const first = last - SHOWN_MONTHS + 1;
  const counts = Array.from({ length: SHOWN_MONTHS }, () => ({ published: 0, sold: 0, available: 0 }));
  for (const [{ published, sold, available }, homes] of periods) {
    const inPublished = published === null ? undefined : counts[published - first];
    if (inPublished) inPublished.published += homes;
    for (const month of sold) {
      const inSold = counts[month - first];
      if (inSold) inSold.sold += homes;
    }
    for (const [from, to] of available) {
      const end = Math.min(to ?? last, last);
      for (let month = Math.max(from, first); month <= end; month++)
        counts[month - first]!.available += homes;
    }
  }
  return counts.map((of, i) => ({ month: nameOf(first + i), ...of }));
}

function nameOf(month: number): string {
  const year = String(Math.floor(month / 12)).padStart(4, '0');
  return `${year}-${String((month % 12) + 1).padStart(2, '0')}`;
}
