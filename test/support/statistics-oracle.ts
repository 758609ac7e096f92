// Computes statistics in the simplest way: from sorted numbers, without negative ones.

/** Whole numbers of hundredths are exact, and so are their quarters. */
function summaryOf(values: readonly number[], digits: number): object {
  const sorted = values.map((value) => Math.round(value * 10 ** digits)).toSorted((a, b) => a - b);
  const at = (quarters: number): number | null => {
    const position = ((sorted.length - 1) * quarters) / 4;
    const [low, high] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
    if (low === undefined || high === undefined) return null;
    return Math.floor(low + (high - low) * (position % 1) + 0.5) / 10 ** digits;
  };
  return { count: sorted.length, min: at(0), p25: at(1), median: at(2), p75: at(3), max: at(4) };
}

export interface MarketProperty {
  price: number;
  area: number | null;
  /** By date, UTC. */
  history: readonly (readonly [status: string, at: string])[];
}

const AVAILABLE = new Set(['pre_venta', 'en_venta']);
const PUBLIC = new Set([...AVAILABLE, 'vendido']);
const timeOf = (at: string): number => Date.parse(`${at.replace(' ', 'T')}Z`);

function statusAt({ history }: MarketProperty, time: number): string {
  return history.findLast(([, at]) => timeOf(at) <= time)?.[0] ?? '';
}

function daysOf({ history }: MarketProperty, now: number): number | null {
  const periods = history
    .map(([status, at], i) => ({ status, ms: timeOf(history[i + 1]?.[1] ?? sqlNow(now)) - timeOf(at) }))
    .filter(({ status }) => AVAILABLE.has(status));
  return periods.length > 0 ? Math.floor(periods.reduce((sum, { ms }) => sum + ms, 0) / 86_400_000) : null;
}

const sqlNow = (now: number): string => new Date(now).toISOString().slice(0, 19);
const known = <T>(values: readonly (T | null)[]): T[] => values.filter((value) => value !== null);

/** The answer of the statistics for these properties. @param now in milliseconds since 1970 */
export function expectedStatistics(properties: readonly MarketProperty[], now: number): object {
  const priceOf = ({ price }: MarketProperty): number | null => price || null;
  const perMetre = properties.map((it) => (it.area && priceOf(it) ? it.price / it.area : null));
  const months = Array.from({ length: 24 }, (_, i) => {
    const date = new Date(now);
    const begin = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 23 + i);
    const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 22 + i);
    const isInMonth = (at: string | undefined): boolean =>
      at !== undefined && timeOf(at) >= begin && timeOf(at) < end;
    const count = (test: (it: MarketProperty) => boolean): number => properties.filter(test).length;
    return {
      month: new Date(begin).toISOString().slice(0, 7),
      published: count(({ history }) => isInMonth(history.find(([status]) => PUBLIC.has(status))?.[1])),
      sold: count(({ history }) =>
        history.some(
          ([status, at], n) => status === 'vendido' && history[n - 1]?.[0] !== 'vendido' && isInMonth(at),
        ),
      ),
      available: count((it) => AVAILABLE.has(statusAt(it, end - 1))),
    };
  });
  return {
    total: properties.length,
    price: summaryOf(known(properties.map(priceOf)), 0),
    pricePerSquareMetre: summaryOf(known(perMetre), 2),
    area: summaryOf(known(properties.map(({ area }) => area)), 2),
    daysOnMarket: summaryOf(known(properties.map((it) => daysOf(it, now))), 0),
    months,
  };
}
