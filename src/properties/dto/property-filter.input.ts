import { DecimalField, IntField, NumbersField, TextField, WordField } from '../../http/fields.js';
import { cityKey } from '../model/city-key.js';
import { PROPERTY_TYPES, type PropertyType } from '../model/property-type.js';
import { type Availability, PUBLIC_STATUS_NAMES, type PublicStatus } from '../model/status.js';
import { hasWord } from '../search-index/words.js';

const INT32 = 2_147_483_647;
const MAX_AREA = 1_000_000_000;
const LAT = { min: -90, max: 90 };
const LNG = { min: -180, max: 180 };

/** The filters of the public list. */
export class PropertyFilterInput {
  @TextField({
    maxLength: 200,
    accepts: hasWord,
    hint: 'with a letter or digit',
    description:
      'Words, such as `casa piscina`: each must be found in the address, neighbourhood, city or description. Accents and case do not matter, `m²` is `m2`, ordinal signs separate (`Nº10` is `n 10`); three letters or more are the beginning of a word, fewer a whole one.',
  })
  q?: string;

  @WordField({
    words: PUBLIC_STATUS_NAMES,
    repeatable: true,
    description: 'The current status; repeated: any of them.',
  })
  status?: PublicStatus[];

  @WordField({
    words: ['available', 'sold'],
    description: '`available`: can be bought (`pre_venta`, `en_venta`); `sold`: `vendido`.',
  })
  availability?: Availability;

  @TextField({
    maxLength: 100,
    accepts: (text) => cityKey(text) !== '',
    hint: 'that are not all blank',
    repeatable: true,
    description:
      'The city, such as `Bogotá`; accents, case and stray blanks do not matter; repeated: any of them.',
  })
  city?: string[];

  @WordField({
    words: PROPERTY_TYPES,
    repeatable: true,
    description: 'The kind of property; repeated: any of them.',
  })
  propertyType?: PropertyType[];

  @IntField({
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description: 'Lowest price, inclusive, in whole units of the currency, such as `200000000`.',
  })
  minPrice?: number;

  @IntField({ min: 0, max: Number.MAX_SAFE_INTEGER, description: 'Highest price, inclusive.' })
  maxPrice?: number;

  @IntField({
    min: -INT32,
    max: INT32,
    description: 'Earliest year of construction, inclusive, such as `2010`.',
  })
  minYear?: number;

  @IntField({ min: -INT32, max: INT32, description: 'Latest year of construction, inclusive.' })
  maxYear?: number;

  @DecimalField({ min: 0, max: MAX_AREA, description: 'Smallest area in m², inclusive, such as `72.5`.' })
  minArea?: number;

  @DecimalField({ min: 0, max: MAX_AREA, description: 'Largest area in m², inclusive.' })
  maxArea?: number;

  @IntField({ min: 0, max: 1_000, description: 'At least so many bedrooms.' })
  minBedrooms?: number;

  @IntField({ min: 0, max: 1_000, description: 'At least so many bathrooms.' })
  minBathrooms?: number;

  @IntField({
    min: 1,
    max: 6,
    repeatable: true,
    description: 'The socioeconomic stratum; repeated: any of them.',
  })
  stratum?: number[];

  @NumbersField({
    parts: { west: LNG, south: LAT, east: LNG, north: LAT },
    ordered: [
      ['west', 'east'],
      ['south', 'north'],
    ],
    description:
      'A box on the map in degrees, `west,south,east,north`, borders included, such as `-74.1,4.6,-74.0,4.7`.',
  })
  bbox?: [west: number, south: number, east: number, north: number];

  @NumbersField({
    parts: { lat: LAT, lng: LNG },
    description:
      'A point on the map in degrees, `lat,lng`, such as `4.65,-74.06`: homes within `radius` of it.',
  })
  near?: [lat: number, lng: number];

  @DecimalField({
    min: 0,
    max: 50_000,
    needs: 'near',
    description: 'Metres around `near`, inclusive; 5000 when left out.',
  })
  radius?: number;
}
