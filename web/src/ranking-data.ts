import { useRef } from 'preact/hooks';
import { type Address, apiQueryOf } from './address.ts';
import { call } from './api-call.ts';
import {
  type LikesOfDay,
  listCityRanking,
  listLikeSeries,
  listPropertyRanking,
  type RankedProperty,
} from './api/index.ts';
import { useLive } from './use-live.ts';

const SERIES_REFRESH_MS = 60_000;
const TOTAL_REFRESH_MS = 10_000;

/** The number of properties in the list of an address; null until it is known. An own call, so the list never waits for it. */
export function useTotal(address: Address): number | null {
  const query = { ...apiQueryOf({ ...address, cursor: null }), limit: 1, count: true };
  const { data, isStale } = useLive(
    JSON.stringify(['total', query]),
    () => call(() => listPropertyRanking({ query })),
    TOTAL_REFRESH_MS,
  );
  return isStale ? null : (data?.page.total ?? null);
}

/** The names of the cities with visible properties, from A; empty until they are known. */
export function useCityNames(): string[] {
  const { data } = useLive('cities', () => call(() => listCityRanking({ query: { window: 'all' } })), null);
  return data?.items.map(({ city }) => city).toSorted((a, b) => a.localeCompare(b)) ?? [];
}

/** Likes by day of the last 90 days, by property id. One call loads them all, again when the ids or their likes change. */
export function useSeries(items: readonly RankedProperty[]): Map<number, LikesOfDay[]> {
  const ids = items.map(({ property }) => property.id).toSorted((a, b) => a - b);
  const totals = items.reduce((sum, { likes }) => sum + likes.total, 0);
  const { data } = useLive(
    JSON.stringify([ids, totals]),
    () => call(() => listLikeSeries({ query: { propertyId: ids } })),
    SERIES_REFRESH_MS,
  );
  return new Map(data?.items.map((item) => [item.propertyId, item.series]));
}

/** Ids of the properties whose rank differs from the previous version of the same list. @param list identifies the list */
export function useMovedIds(items: readonly RankedProperty[], list: string): ReadonlySet<number> {
  const seen = useRef({ list: '', ranks: new Map<number, number>(), moved: new Set<number>() });
  const ranks = new Map(items.map(({ property, rank }) => [property.id, rank]));
  const { current: before } = seen;
  if (before.list !== list) seen.current = { list, ranks, moved: new Set() };
  else if ([...before.ranks].join() !== [...ranks].join()) {
    // A property that was not in the list has not moved.
    const moved = [...ranks].filter(([id, rank]) => before.ranks.has(id) && before.ranks.get(id) !== rank);
    seen.current = { list, ranks, moved: new Set(moved.map(([id]) => id)) };
  }
  return seen.current.moved;
}
