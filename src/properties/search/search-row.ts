import type { Insertable, Selectable } from 'kysely';
import { cityKey } from '../city-key.js';
import type { Tables } from '../tables.js';
import { priceStep } from './price-step.js';
import { splitWords } from './words.js';

type PropertyRow = Selectable<Tables['property']>;
/** The columns of `property_search` that tell what a home is. */
export type SearchRow = {
  [Column in Exclude<keyof Insertable<Tables['property_search']>, 'popularity' | 'version' | 'seen_at'>]-?:
    string | number | null;
};

// MySQL's first date: a home whose date is none comes last, as the oldest.
const BEFORE_ALL = '1000-01-01 00:00:00';

// The last numbers of a bigint are none of JavaScript's, which would round them to what does not fit.
const PRICE_LIMIT = 9_200_000_000_000_000_000;

/** What a property is found and counted by. */
export function searchRow(row: PropertyRow): SearchRow {
  const price = Math.min(Math.max(Number(row.price), -PRICE_LIMIT), PRICE_LIMIT) || null;
  const city = tidy(row.city, 32);
  const neighbourhood = tidy(row.neighbourhood ?? '', 120);
  const located = row.latitude !== null && row.longitude !== null;
  return {
    property_id: row.id,
    availability: row.availability,
    status_id: row.current_status_id,
    status_since: row.status_since !== null && row.status_since < BEFORE_ALL ? BEFORE_ALL : row.status_since,
    city_key: cityKey(city).slice(0, 64),
    city,
    neighbourhood_key: placeKey(neighbourhood),
    neighbourhood,
    property_type: row.property_type ?? '',
    price,
    price_step: price === null ? null : priceStep(price),
    year: row.year,
    area: row.area === null ? null : Number(row.area),
    bedrooms: row.bedrooms,
    bathrooms: row.bathrooms,
    stratum: row.stratum,
    latitude: located ? Number(row.latitude) : null,
    longitude: located ? Number(row.longitude) : null,
  };
}

/** What neighbourhoods are compared by, and what the terms of a place come from: its words; '' without any. */
export function placeKey(name: string): string {
  return splitWords(name).join(' ').slice(0, 190);
}

/** What a place is found by: its name from each of its words on. */
export function placeTerms(name: string): string[] {
  const words = splitWords(name);
  return [...new Set(words.map((_, from) => words.slice(from).join(' ').slice(0, 190)))];
}

// Stray blanks make no other spelling. Some letters become several when normalised, and the columns are as long as the
// old ones.
function tidy(name: string, length: number): string {
  return name.normalize('NFC').trim().replace(/\s+/gu, ' ').slice(0, length);
}
