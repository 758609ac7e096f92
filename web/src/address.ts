import { useLocation } from 'preact-iso';
import type { Property, PropertyRanking } from './api/index.ts';
import { en } from './texts/en.ts';

type Window = PropertyRanking['window'];
type StatusFilter = keyof typeof en.statuses;
type PropertyType = NonNullable<Property['propertyType']>;

export type CityField = 'city' | 'visibleProperties' | 'likes' | 'likesPerProperty';
/** Ascending by a field; descending with `-`, as in the API. */
export type CitySort = CityField | `-${CityField}`;

/** The state of a view. It is in the query of the address, so a link shows the same state. */
export interface Address {
  by: 'trending' | 'likes';
  window: Window;
  city: string | null;
  status: StatusFilter;
  propertyType: PropertyType | null;
  cursor: string | null;
  /** The order of the cities. */
  sort: CitySort;
}

// The values of the API, in the order of the texts.
export const WINDOWS = Object.keys(en.windows) as Window[];
export const STATUS_FILTERS = Object.keys(en.statuses) as StatusFilter[];
export const PROPERTY_TYPES = Object.keys(en.types) as PropertyType[];

export const CITY_FIELDS: readonly CityField[] = ['city', 'visibleProperties', 'likes', 'likesPerProperty'];

const DEFAULT_WINDOW = '30d';
const DEFAULT_STATUS = 'available';
const DEFAULT_SORT = '-likes';

/** An unknown value counts as absent. */
function addressOf(query: Record<string, string | undefined>): Address {
  const { by, window, city, status, propertyType, cursor, sort } = query;
  return {
    by: by === 'likes' ? 'likes' : 'trending',
    window: WINDOWS.find((known) => known === window) ?? DEFAULT_WINDOW,
    city: city?.trim() || null,
    status: STATUS_FILTERS.find((known) => known === status) ?? DEFAULT_STATUS,
    propertyType: PROPERTY_TYPES.find((known) => known === propertyType) ?? null,
    cursor: cursor || null,
    sort:
      CITY_FIELDS.flatMap((field) => [field, `-${field}`] as const).find((known) => known === sort) ??
      DEFAULT_SORT,
  };
}

/** The query string of an address, with its question mark and without default values; empty if nothing is left. */
export function queryOf({ by, window, city, status, propertyType, cursor, sort }: Partial<Address>): string {
  const query = new URLSearchParams();
  if (by === 'likes') query.set('by', by);
  if (window && window !== DEFAULT_WINDOW) query.set('window', window);
  if (city) query.set('city', city);
  if (status && status !== DEFAULT_STATUS) query.set('status', status);
  if (propertyType) query.set('propertyType', propertyType);
  if (cursor) query.set('cursor', cursor);
  if (sort && sort !== DEFAULT_SORT) query.set('sort', sort);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** The query parameters of the API for an address. */
export const apiQueryOf = ({ by, window, city, status, propertyType, cursor }: Address) => ({
  by,
  window,
  ...(city && { city: [city] }),
  ...(status !== DEFAULT_STATUS && { status: statusesOf(status) }),
  ...(propertyType && { propertyType: [propertyType] }),
  ...(cursor && { cursor }),
});

/** The filters of the public lists for an address. */
export const propertyQueryOf = ({ city, status, propertyType }: Address) => ({
  ...(city && { city: [city] }),
  ...(status === DEFAULT_STATUS ? { availability: 'available' as const } : { status: statusesOf(status) }),
  ...(propertyType && { propertyType: [propertyType] }),
});

function statusesOf(
  filter: Exclude<StatusFilter, 'available'>,
): Exclude<StatusFilter, 'available' | 'all'>[] {
  return filter === 'all' ? ['pre_venta', 'en_venta', 'vendido'] : [filter];
}

/** The address, and `go` to change it. With `replace` the browser's history keeps no entry of the old one. */
export function useAddress(): Address & {
  go: (change: Partial<Address>, options?: { replace?: boolean }) => void;
} {
  const { query, path, route } = useLocation();
  const address = addressOf(query);
  return {
    ...address,
    // Other filters start at the first page.
    go: (change, { replace = false } = {}) =>
      route(path + queryOf({ ...address, cursor: null, ...change }), replace),
  };
}
