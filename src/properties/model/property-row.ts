import { type Selectable, sql } from 'kysely';
import type { Tables } from './kysely-tables.js';

/** The columns that the API shows of a property. */
export const PROPERTY_COLUMNS = [
  'id',
  'address',
  'city',
  'neighbourhood',
  'price',
  'currency',
  'description',
  'year',
  'property_type',
  'area',
  'bedrooms',
  'bathrooms',
  'parking_spots',
  'stratum',
  'latitude',
  'longitude',
  'photos',
  'current_status_id',
  'availability',
  'status_since',
  'market_seconds',
  'market_since',
  'previous_price',
  'price_changed_at',
  'created_at',
  'updated_at',
] as const;

const columns = (photos: string) =>
  sql.raw(PROPERTY_COLUMNS.map((column) => (column === 'photos' ? photos : `p.${column}`)).join(', '));

/** `PROPERTY_COLUMNS` of a row `p` as SQL. Built once, because details and lists are the most frequent requests. */
export const ALL_COLUMNS = columns('p.photos');
/** The same with the first photo only. */
export const LIST_COLUMNS = columns("substring_index(p.photos, '\\n', 1) as photos");

/** A row of `property`. Dates are text without a time zone. */
export type PropertyRow = Pick<Selectable<Tables['property']>, (typeof PROPERTY_COLUMNS)[number]>;
