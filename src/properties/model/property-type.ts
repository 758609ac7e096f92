/** The values of `property.property_type`. */
export const PROPERTY_TYPES = [
  'apartment',
  'house',
  'studio',
  'lot',
  'office',
  'commercial',
  'warehouse',
  'building',
  'farm',
  'other',
] as const;
export type PropertyType = (typeof PROPERTY_TYPES)[number];
