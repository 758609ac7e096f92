import type { SearchRow } from './search-row.js';

/** The primary key of a row of `facet_count` or `place_name`. */
export type CountKey = readonly (string | number)[];

/** The facets that are counted for each city. */
export const CITY_FACETS = ['city', 'bedrooms', 'year', 'price'] as const;
/** The facets that are also counted for the country, as `all-…`. */
export const COUNTRY_FACETS = ['bedrooms', 'year', 'price'] as const;

/** The rows of `facet_count` that count this property; none for a hidden one. */
export function facetKeysOf(row: SearchRow): CountKey[] {
  if (row.availability === null) return [];
  const values = { city: row.city, bedrooms: row.bedrooms, year: row.year, price: row.price_step };
  const key = (facet: string, cityKey: SearchRow['city_key'], value: string | number | null): CountKey => [
    facet,
    cityKey as string,
    row.status_id as number,
    row.property_type as string,
    String(value ?? ''),
  ];
  return [
    ...CITY_FACETS.map((facet) => key(facet, row.city_key, values[facet])),
    ...COUNTRY_FACETS.map((facet) => key(`all-${facet}`, '', values[facet])),
  ];
}

/** The rows of `place_name` that count this property; none for a hidden one. */
export function placeKeysOf(row: SearchRow): CountKey[] {
  if (row.availability === null) return [];
  const {
    city_key: cityKey,
    city,
    neighbourhood_key: neighbourhoodKey,
    neighbourhood,
  } = row as Record<string, string>;
  return [
    ...(cityKey ? [[cityKey, '', city]] : []),
    ...(neighbourhoodKey ? [[cityKey, neighbourhoodKey, neighbourhood]] : []),
  ] as CountKey[];
}

/**
 * How much each count changes when the rows `before` become the rows `after`.
 * @returns keys in order, each with its change; changes of zero are omitted
 */
export function countDeltas(
  before: readonly SearchRow[],
  after: readonly SearchRow[],
  keysOf: (row: SearchRow) => CountKey[],
): [CountKey, number][] {
  const deltas = new Map<string, [CountKey, number]>();
  for (const [rows, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    for (const key of rows.flatMap(keysOf)) {
      const name = JSON.stringify(key);
      deltas.set(name, [key, (deltas.get(name)?.[1] ?? 0) + sign]);
    }
  }
  return [...deltas]
    .filter(([, [, delta]]) => delta !== 0)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, keyAndDelta]) => keyAndDelta);
}
