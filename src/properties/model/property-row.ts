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
  'current_status_id',
  'availability',
  'status_since',
  'created_at',
  'updated_at',
] as const;

/** `PROPERTY_COLUMNS` of a row `p` as SQL. Built once, because lists are the most frequent requests. */
export const SELECTED_COLUMNS = sql.raw(PROPERTY_COLUMNS.map((column) => `p.${column}`).join(', '));

/** A row of `property`. Dates are text without a time zone. */
export type PropertyRow = Pick<Selectable<Tables['property']>, (typeof PROPERTY_COLUMNS)[number]>;
