import type { Selectable } from 'kysely';
import type { Tables } from './tables.js';

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

/** A row as the driver gives it: dates are naive text, decimals text, large integers text. */
export type PropertyRow = Pick<Selectable<Tables['property']>, (typeof PROPERTY_COLUMNS)[number]>;
