import type { Insertable, Selectable } from 'kysely';
import { dropIgnorable, isBlank } from '../../text/visible.js';
import { cityKey } from '../model/city-key.js';
import { cut } from '../model/fold.js';
import type { Tables } from '../model/kysely-tables.js';
import { pointOf } from '../model/location.js';
import type { PriceColumns } from './price-columns.js';
import { priceStep } from './price-step.js';
import { splitWords } from './words.js';

/**
 * The version of the rules that derive the search tables from a property row. Raise it when a rule gives another key, word
 * or value for the same row. The next `migrate` then updates the tables of each database.
 */
export const SEARCH_RULES = 4;

type PropertyRow = Selectable<Tables['property']>;
/** The columns of `property_search` that are derived from the property row. */
export type SearchRow = {
  [
    Column in Exclude<
      keyof Insertable<Tables['property_search']>,
      'popularity' | 'version' | 'seen_at' | keyof PriceColumns
    >
  ]-?: string | number | null;
};

// MySQL's first date. It replaces impossible dates, so these properties are the oldest.
const EARLIEST_DATE = '1000-01-01 00:00:00';

// Below the limit of a bigint: JavaScript rounds numbers near that limit to values that do not fit into the column.
const MAX_PRICE = 9_200_000_000_000_000_000;

// The length of the `neighbourhood_key` and `term` columns.
const MAX_PLACE_KEY_CHARACTERS = 190;

/** Derives the row of `property_search`. A price of 0 and empty texts are unknown. */
export function searchRow(row: PropertyRow): SearchRow {
  const price = Math.min(Math.max(row.price, -MAX_PRICE), MAX_PRICE) || null;
  const neighbourhood = cleanName(row.neighbourhood ?? '', 120);
  const point = pointOf(row);
  return {
    property_id: row.id,
    availability: row.availability,
    status_id: row.current_status_id,
    status_since:
      row.status_since !== null && row.status_since < EARLIEST_DATE ? EARLIEST_DATE : row.status_since,
    city_key: cityKey(row.city),
    city: cleanName(row.city, 32),
    neighbourhood_key: placeKey(neighbourhood),
    neighbourhood,
    property_type: cleanName(row.property_type ?? '', 16),
    price,
    price_step: price === null ? null : priceStep(price),
    year: row.year,
    area: row.area,
    bedrooms: row.bedrooms,
    bathrooms: row.bathrooms,
    parking_spots: row.parking_spots,
    stratum: row.stratum,
    latitude: point?.lat ?? null,
    longitude: point?.lng ?? null,
    market_seconds: row.market_seconds,
    market_since: row.market_since,
    market_months: row.market_months,
  };
}

/** The key of a place name: its folded words, separated by single blanks; '' for a name without words. */
export function placeKey(name: string): string {
  return cut(splitWords(name).join(' '), MAX_PLACE_KEY_CHARACTERS);
}

/** The texts that find a place: its key, from each word to the end. `belen de umbria`, `de umbria`, `umbria`. */
export function placeTerms(name: string): string[] {
  const words = splitWords(name);
  return [...new Set(words.map((_, start) => cut(words.slice(start).join(' '), MAX_PLACE_KEY_CHARACTERS)))];
}

// Removes invisible characters and surplus blanks, because they would make another spelling of the same name. Cuts the result,
// because NFC can make a text longer.
function cleanName(name: string, columnLength: number): string {
  if (isBlank(name)) return '';
  return cut(dropIgnorable(name).normalize('NFC').trim().replace(/\s+/gu, ' '), columnLength);
}
