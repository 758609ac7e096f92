import type { SearchRow } from './search-row.js';

/** What one home adds to the counts: a row of `facet_count` or of `place_name`, without its number. */
export type CountKey = readonly (string | number)[];

export const FACETS = ['city', 'bedrooms', 'year', 'price'] as const;
export const FACETS_OF_ALL = ['bedrooms', 'year', 'price'] as const;

/** The rows of `facet_count` that a home is counted in. */
export function facetsOf(row: SearchRow): CountKey[] {
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
    ...FACETS.map((facet) => key(facet, row.city_key, values[facet])),
    ...FACETS_OF_ALL.map((facet) => key(`all-${facet}`, '', values[facet])),
  ];
}

/** The rows of `place_name` that a home is counted in. */
export function placesOf(row: SearchRow): CountKey[] {
  if (row.availability === null) return [];
  const {
    city_key: cityKey,
    city,
    neighbourhood_key: key,
    neighbourhood: name,
  } = row as Record<string, string>;
  return [...(cityKey ? [[cityKey, '', city]] : []), ...(key ? [[cityKey, key, name]] : [])] as CountKey[];
}

/** By how much each count changes, in the order of the keys. */
export function facetDeltas(
  gone: readonly SearchRow[],
  come: readonly SearchRow[],
  keysOf: (row: SearchRow) => CountKey[],
): [CountKey, number][] {
  const changes = new Map<string, [CountKey, number]>();
  for (const [rows, sign] of [
    [gone, -1],
    [come, 1],
  ] as const) {
    for (const key of rows.flatMap(keysOf)) {
      const name = JSON.stringify(key);
      changes.set(name, [key, (changes.get(name)?.[1] ?? 0) + sign]);
    }
  }
  return [...changes]
    .filter(([, [, homes]]) => homes !== 0)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, change]) => change);
}
