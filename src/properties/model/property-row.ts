import { type Selectable, sql } from 'kysely';
import type { Tables } from './kysely-tables.js';

/** What is shown of a property. */
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

/** The same of a row `p`, for a statement. Written once: a list is asked for more than anything else. */
export const SELECTED_COLUMNS = sql.raw(PROPERTY_COLUMNS.map((column) => `p.${column}`).join(', '));

/** A row as the driver gives it: dates are naive text, decimals text, large integers text. */
export type PropertyRow = Pick<Selectable<Tables['property']>, (typeof PROPERTY_COLUMNS)[number]>;
