import type { Insertable, Selectable } from 'kysely';
import { dropIgnorable, isBlank } from '../../text/visible.js';
import { cityKey } from '../model/city-key.js';
import { cut } from '../model/fold.js';
import type { Tables } from '../model/kysely-tables.js';
import { pointOf } from '../model/location.js';
import { priceStep } from './price-step.js';
import { splitWords } from './words.js';

/**
 * The version of the rules by which the search tables are made. A change of the rules that makes another key, word or value
 * of the same property row raises it; the next `migrate` then brings the tables of every database up to date.
 */
export const SEARCH_RULES = 2;

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
  const neighbourhood = tidy(row.neighbourhood ?? '', 120);
  const point = pointOf(row);
  return {
    property_id: row.id,
    availability: row.availability,
    status_id: row.current_status_id,
    status_since: row.status_since !== null && row.status_since < BEFORE_ALL ? BEFORE_ALL : row.status_since,
    city_key: cityKey(row.city),
    city: tidy(row.city, 32),
    neighbourhood_key: placeKey(neighbourhood),
    neighbourhood,
    property_type: tidy(row.property_type ?? '', 16),
    price,
    price_step: price === null ? null : priceStep(price),
    year: row.year,
    area: row.area === null ? null : Number(row.area),
    bedrooms: row.bedrooms,
    bathrooms: row.bathrooms,
    stratum: row.stratum,
    latitude: point?.lat ?? null,
    longitude: point?.lng ?? null,
  };
}

/** What neighbourhoods are compared by, and what the terms of a place come from: its words; '' without any. */
export function placeKey(name: string): string {
  return cut(splitWords(name).join(' '), 190);
}

/** What a place is found by: its name from each of its words on. */
export function placeTerms(name: string): string[] {
  const words = splitWords(name);
  return [...new Set(words.map((_, from) => cut(words.slice(from).join(' '), 190)))];
}

// Stray blanks and characters that show nothing make no other spelling. Some letters become several when normalised, and the
// columns are as long as the old ones.
function tidy(name: string, length: number): string {
  if (isBlank(name)) return '';
  return cut(dropIgnorable(name).normalize('NFC').trim().replace(/\s+/gu, ' '), length);
}
