import type { FieldOptions } from '../../http/field.js';
import { DecimalField, FlagField, IntField, NumbersField, TextField, WordField } from '../../http/fields.js';
import { cityKey } from '../model/city-key.js';
import { PROPERTY_TYPES, type PropertyType } from '../model/property-type.js';
import { type Availability, PUBLIC_STATUS_NAMES, type PublicStatus } from '../model/status.js';
import { hasWord } from '../search-index/words.js';
import type { Polygon } from '../model/polygon.js';
import { PolygonField } from './polygon-field.js';

const INT32 = 2_147_483_647;
const MAX_AREA = 1_000_000_000;
const LAT = { min: -90, max: 90 };
const LNG = { min: -180, max: 180 };

/** The parameter `bbox`. */
export const BoxField = (options: FieldOptions = {}): PropertyDecorator =>
  NumbersField({
    parts: { west: LNG, south: LAT, east: LNG, north: LAT },
    ordered: [
      ['west', 'east'],
      ['south', 'north'],
    ],
    description: 'A box on the map in degrees, `west,south,east,north`, borders included.',
    example: '-74.1,4.6,-74.0,4.7',
    ...options,
  });

/** The filters of lists, facets and clusters. */
export class PropertyFilterInput {
  @TextField({
    maxLength: 200,
    accepts: hasWord,
    hint: ' with a letter or digit',
    description:
      'Each word must occur in the address, neighbourhood, city or description. Accents and case are ignored, `m²` equals `m2`, and an ordinal sign separates words (`Nº10` equals `n 10`). A word of three or more letters also matches longer words that begin with it; a shorter word matches only whole words.',
    example: 'casa piscina',
  })
  q?: string;

  @WordField({
    words: PUBLIC_STATUS_NAMES,
    repeatable: true,
    description: 'The current status. Repeat it to match any of several.',
    example: 'en_venta',
  })
  status?: PublicStatus[];

  @WordField({
    words: ['available', 'sold'],
    description: '`available`: for sale (`pre_venta`, `en_venta`); `sold`: `vendido`.',
  })
  availability?: Availability;

  @TextField({
    maxLength: 100,
    accepts: (text) => cityKey(text) !== '',
    hint: ' that are not all blank',
    repeatable: true,
    description: 'The city. Accents, case and blanks are ignored. Repeat it to match any of several.',
    example: 'Bogotá',
  })
  city?: string[];

  @WordField({
    words: PROPERTY_TYPES,
    repeatable: true,
    description: 'The property type. Repeat it to match any of several.',
    example: 'apartment',
  })
  propertyType?: PropertyType[];

  @IntField({
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description: 'Lowest price, inclusive, in whole units of the currency.',
    example: 200_000_000,
  })
  minPrice?: number;

  @IntField({
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description: 'Highest price, inclusive.',
  })
  maxPrice?: number;

  @FlagField({
    description:
      '`true`: the last change of the price was a reduction, and the service saw it within the last 90 days.',
    example: true,
  })
  priceReduced?: boolean;

  @IntField({
    min: -INT32,
    max: INT32,
    description: 'Earliest year of construction, inclusive.',
    example: 2010,
  })
  minYear?: number;

  @IntField({
    min: -INT32,
    max: INT32,
    description: 'Latest year of construction, inclusive.',
  })
  maxYear?: number;

  @DecimalField({
    min: 0,
    max: MAX_AREA,
    description: 'Smallest area in m², inclusive.',
    example: 72.5,
  })
  minArea?: number;

  @DecimalField({ min: 0, max: MAX_AREA, description: 'Largest area in m², inclusive.' })
  maxArea?: number;

  @IntField({ min: 0, max: 1_000, description: 'Lowest number of bedrooms, inclusive.', example: 2 })
  minBedrooms?: number;

  @IntField({ min: 0, max: 1_000, description: 'Maximum number of bedrooms, inclusive.' })
  maxBedrooms?: number;

  @IntField({ min: 0, max: 1_000, description: 'Lowest number of bathrooms, inclusive.' })
  minBathrooms?: number;

  @IntField({ min: 0, max: 1_000, description: 'Maximum number of bathrooms, inclusive.' })
  maxBathrooms?: number;

  @IntField({ min: 0, max: 1_000, description: 'Minimum number of parking spots, inclusive.' })
  minParkingSpots?: number;

  @IntField({
    min: 0,
    max: 100_000,
    description: 'Fewest `daysOnMarket`, inclusive.',
    example: 30,
  })
  minDaysOnMarket?: number;

  @IntField({ min: 0, max: 100_000, description: 'Most `daysOnMarket`, inclusive.' })
  maxDaysOnMarket?: number;

  @IntField({
    min: 1,
    max: 6,
    repeatable: true,
    description: 'The socioeconomic stratum. Repeat it to match any of several.',
    example: 4,
  })
  stratum?: number[];

  @BoxField()
  bbox?: [west: number, south: number, east: number, north: number];

  @PolygonField({
    repeatable: true,
    maxRepeats: 10,
    description:
      'An area on the map: 3 to 100 corners `lng,lat,lng,lat,…`, borders included. Repeat it to match any of several.',
    example: '-74.08,4.6,-74.03,4.62,-74.05,4.68',
  })
  polygon?: Polygon[];

  @NumbersField({
    parts: { lat: LAT, lng: LNG },
    description: 'A point on the map in degrees, `lat,lng`. Matches the properties within `radius` of it.',
    example: '4.65,-74.06',
  })
  near?: [lat: number, lng: number];

  @DecimalField({
    min: 0,
    max: 50_000,
    needs: 'near',
    description: 'Distance from `near` in metres, inclusive. The default is 5000.',
    example: 2_000,
  })
  radius?: number;
}
