import type { PropertyType } from '../properties/model/property-type.js';
import { parseRange } from './demo-places.js';
import type { Range } from './demo-types.js';

/** A usual combination of rooms and area, with its weight among the properties of its type and stratum. Areas in m². */
export interface Size {
  share: number;
  bedrooms: number | null;
  bathrooms: Range | null;
  area: Range;
  parking: Range | null;
}

// Type and tier of the stratum, then the sizes: share, bedrooms, bathrooms, area, parking spots. `-` alone: does not apply.
// Bathrooms of a building: one in each apartment and one in the shop on the ground floor.
const TABLE = `
apartment low    | 3 1 1 28-38 0     | 30 2 1 39-52 0-1    | 65 3 1-2 47-70 0-1   | 2 4 2 72-90 0-1
apartment middle | 10 1 1 36-50 0-1  | 30 2 1-2 50-74 0-1  | 56 3 2-3 66-104 1-2  | 4 4 3 105-140 1-2
apartment high   | 17 1 1-2 46-74 1  | 32 2 2-3 70-112 1-2 | 45 3 3-4 98-190 2-3  | 6 4 4-5 180-290 2-4
house low        | 14 2 1 42-60 0-1  | 46 3 1-2 58-98 0-1  | 28 4 2-3 86-150 0-1  | 12 5 2-4 120-190 0-1
house middle     | 45 3 2-3 88-142 1-2  | 40 4 3-4 125-210 1-2 | 15 5 3-5 180-280 1-3
house high       | 40 3 3-4 138-230 2-3 | 42 4 4-5 205-350 2-4 | 18 5 5-6 290-480 2-5
studio           | 1 1 1 23-44 0-1
lot              | 1 - - 72-480 -
office           | 55 - 1 26-62 0-1     | 33 - 1-2 62-140 1-3   | 12 - 2-4 140-320 2-6
commercial       | 50 - 1 14-46 0       | 38 - 1-2 46-120 0-1   | 12 - 2-3 120-300 0-4
warehouse        | 50 - 1-2 180-460 1-3 | 36 - 2-4 460-1200 2-6 | 14 - 4-6 1200-2600 4-12
building         | 65 - 4-6 240-460 0-2 | 35 - 6-11 460-900 1-4
farm             | 45 3 1-3 3000-14000 2-4 | 35 4 2-4 8000-34000 2-6 | 20 5 3-5 15000-60000 3-8
other            | 1 - - 11-16 1
`;

const SIZES = new Map(
  TABLE.trim()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()))
    .map(([key = '', ...sizes]) => [key, sizes.map(parseSize)]),
);

function parseSize(text: string): Size {
  const [share, bedrooms, bathrooms = '', area = '', parking = ''] = text.split(' ');
  const range = (cell: string): Range | null => (cell === '-' ? null : parseRange(cell));
  return {
    share: Number(share),
    bedrooms: bedrooms === '-' ? null : Number(bedrooms),
    bathrooms: range(bathrooms),
    area: parseRange(area),
    parking: range(parking),
  };
}

/** Usual sizes of a property type in a stratum. */
export function sizesOf(type: PropertyType, stratum: number): readonly Size[] {
  const tier = stratum <= 3 ? 'low' : stratum === 4 ? 'middle' : 'high';
  return SIZES.get(type) ?? SIZES.get(`${type} ${tier}`)!;
}
