import type { PropertyType } from '../properties/model/property-type.js';
import type { Range } from './demo-types.js';

/** A usual combination of rooms and area, with its weight among the properties of its type and stratum. Areas in m². */
export interface Size {
  share: number;
  bedrooms: number | null;
  bathrooms: Range | null;
  area: Range;
  parking: Range | null;
}

type Tier = 'low' | 'middle' | 'high';

const NO_PARKING: Range = [0, 0];

const APARTMENTS: Record<Tier, readonly Size[]> = {
  low: [
    { share: 3, bedrooms: 1, bathrooms: [1, 1], area: [28, 38], parking: NO_PARKING },
    { share: 30, bedrooms: 2, bathrooms: [1, 1], area: [39, 52], parking: [0, 1] },
    { share: 65, bedrooms: 3, bathrooms: [1, 2], area: [47, 70], parking: [0, 1] },
    { share: 2, bedrooms: 4, bathrooms: [2, 2], area: [72, 90], parking: [0, 1] },
  ],
  middle: [
    { share: 10, bedrooms: 1, bathrooms: [1, 1], area: [36, 50], parking: [0, 1] },
    { share: 30, bedrooms: 2, bathrooms: [1, 2], area: [50, 74], parking: [0, 1] },
    { share: 56, bedrooms: 3, bathrooms: [2, 3], area: [66, 104], parking: [1, 2] },
    { share: 4, bedrooms: 4, bathrooms: [3, 3], area: [105, 140], parking: [1, 2] },
  ],
  high: [
    { share: 17, bedrooms: 1, bathrooms: [1, 2], area: [46, 74], parking: [1, 1] },
    { share: 32, bedrooms: 2, bathrooms: [2, 3], area: [70, 112], parking: [1, 2] },
    { share: 45, bedrooms: 3, bathrooms: [3, 4], area: [98, 190], parking: [2, 3] },
    { share: 6, bedrooms: 4, bathrooms: [4, 5], area: [180, 290], parking: [2, 4] },
  ],
};

const HOUSES: Record<Tier, readonly Size[]> = {
  low: [
    { share: 14, bedrooms: 2, bathrooms: [1, 1], area: [42, 60], parking: [0, 1] },
    { share: 46, bedrooms: 3, bathrooms: [1, 2], area: [58, 98], parking: [0, 1] },
    { share: 28, bedrooms: 4, bathrooms: [2, 3], area: [86, 150], parking: [0, 1] },
    { share: 12, bedrooms: 5, bathrooms: [2, 4], area: [120, 190], parking: [0, 1] },
  ],
  middle: [
    { share: 45, bedrooms: 3, bathrooms: [2, 3], area: [88, 142], parking: [1, 2] },
    { share: 40, bedrooms: 4, bathrooms: [3, 4], area: [125, 210], parking: [1, 2] },
    { share: 15, bedrooms: 5, bathrooms: [3, 5], area: [180, 280], parking: [1, 3] },
  ],
  high: [
    { share: 40, bedrooms: 3, bathrooms: [3, 4], area: [138, 230], parking: [2, 3] },
    { share: 42, bedrooms: 4, bathrooms: [4, 5], area: [205, 350], parking: [2, 4] },
    { share: 18, bedrooms: 5, bathrooms: [5, 6], area: [290, 480], parking: [2, 5] },
  ],
};

const OTHERS: Record<Exclude<PropertyType, 'apartment' | 'house'>, readonly Size[]> = {
  studio: [{ share: 1, bedrooms: 1, bathrooms: [1, 1], area: [23, 44], parking: [0, 1] }],
  lot: [{ share: 1, bedrooms: null, bathrooms: null, area: [72, 480], parking: null }],
  office: [
    { share: 55, bedrooms: null, bathrooms: [1, 1], area: [26, 62], parking: [0, 1] },
    { share: 33, bedrooms: null, bathrooms: [1, 2], area: [62, 140], parking: [1, 3] },
    { share: 12, bedrooms: null, bathrooms: [2, 4], area: [140, 320], parking: [2, 6] },
  ],
  commercial: [
    { share: 50, bedrooms: null, bathrooms: [1, 1], area: [14, 46], parking: NO_PARKING },
    { share: 38, bedrooms: null, bathrooms: [1, 2], area: [46, 120], parking: [0, 1] },
    { share: 12, bedrooms: null, bathrooms: [2, 3], area: [120, 300], parking: [0, 4] },
  ],
  warehouse: [
    { share: 50, bedrooms: null, bathrooms: [1, 2], area: [180, 460], parking: [1, 3] },
    { share: 36, bedrooms: null, bathrooms: [2, 4], area: [460, 1200], parking: [2, 6] },
    { share: 14, bedrooms: null, bathrooms: [4, 6], area: [1200, 2600], parking: [4, 12] },
  ],
  // Bathrooms: one in each apartment and one in the shop on the ground floor.
  building: [
    { share: 65, bedrooms: null, bathrooms: [4, 6], area: [240, 460], parking: [0, 2] },
    { share: 35, bedrooms: null, bathrooms: [6, 11], area: [460, 900], parking: [1, 4] },
  ],
  farm: [
    { share: 45, bedrooms: 3, bathrooms: [1, 3], area: [3_000, 14_000], parking: [2, 4] },
    { share: 35, bedrooms: 4, bathrooms: [2, 4], area: [8_000, 34_000], parking: [2, 6] },
    { share: 20, bedrooms: 5, bathrooms: [3, 5], area: [15_000, 60_000], parking: [3, 8] },
  ],
  other: [{ share: 1, bedrooms: null, bathrooms: null, area: [11, 16], parking: [1, 1] }],
};

/** Usual sizes of a property type in a stratum. */
export function sizesOf(type: PropertyType, stratum: number): readonly Size[] {
  const tier: Tier = stratum <= 3 ? 'low' : stratum === 4 ? 'middle' : 'high';
  if (type === 'apartment') return APARTMENTS[tier];
  return type === 'house' ? HOUSES[tier] : OTHERS[type];
}
