// Computes statistics in the simplest way: sorted numbers, and fractions of whole numbers.

interface Summary {
  count: number;
  min: number | null;
  p25: number | null;
  median: number | null;
  p75: number | null;
  max: number | null;
}

/** @param values that have at most so many `digits` */
export function expectedSummary(values: readonly number[], digits: number): Summary {
  const sorted = values
    .map((value) => BigInt(Math.round(value * 10 ** digits)))
    .toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const count = sorted.length;
  if (count === 0) return { count, min: null, p25: null, median: null, p75: null, max: null };
  const at = (quarters: number): number => {
    const position = (count - 1) * quarters;
    const [below, rest] = [Math.floor(position / 4), BigInt(position % 4)];
    const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, count - 1)]!];
    const fourfold = low * (4n - rest) + high * rest;
    const size = fourfold < 0n ? -fourfold : fourfold;
    const rounded = Number((size + 2n) / 4n);
    return (fourfold < 0n && rounded > 0 ? -rounded : rounded) / 10 ** digits;
  };
  return { count, min: at(0), p25: at(1), median: at(2), p75: at(3), max: at(4) };
}

export interface MarketProperty {
  price: number;
  area: number | null;
  /** By date, UTC. */
  history: readonly (readonly [status: string, at: string])[];
}

const AVAILABLE = ['pre_venta', 'en_venta'];
const PUBLIC = [...AVAILABLE, 'vendido'];
const timeOf = (at: string): number => Date.parse(`${at.replace(' ', 'T')}Z`);

function statusAt({ history }: MarketProperty, time: number): string {
  return history.findLast(([, at]) => timeOf(at) <= time)?.[0] ?? '';
}

function daysOf({ history }: MarketProperty, now: number): number | null {
  const periods = history
    .map(([status, at], i) => ({ status, ms: timeOf(history[i + 1]?.[1] ?? sqlNow(now)) - timeOf(at) }))
    .filter(({ status }) => AVAILABLE.includes(status));
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
      published: count(({ history }) => isInMonth(history.find(([status]) => PUBLIC.includes(status))?.[1])),
      sold: count(({ history }) =>
        history.some(
          ([status, at], n) => status === 'vendido' && history[n - 1]?.[0] !== 'vendido' && isInMonth(at),
        ),
      ),
      available: count((it) => AVAILABLE.includes(statusAt(it, end - 1))),
    };
  });
  return {
    total: properties.length,
    price: expectedSummary(known(properties.map(priceOf)), 0),
    pricePerSquareMetre: expectedSummary(known(perMetre), 2),
    area: expectedSummary(known(properties.map(({ area }) => area)), 2),
    daysOnMarket: expectedSummary(known(properties.map((it) => daysOf(it, now))), 0),
    months,
  };
}
