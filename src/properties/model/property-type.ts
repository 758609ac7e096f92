/** The kinds of property, stored as these words. */
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
