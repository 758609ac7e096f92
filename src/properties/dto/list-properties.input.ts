import { DecimalField, FlagField, IntField, TextField, WordField } from '../../http/fields.js';
import { PageInput } from '../../http/pagination.js';
import { PROPERTY_TYPES, type PropertyType } from '../property-type.js';
import { SORT_NAMES, type SortName } from '../property-sort.js';
import { type Availability, PUBLIC_STATUS_NAMES, type PublicStatus } from '../status.js';

const INT32 = 2_147_483_647;
const MAX_AREA = 1_000_000_000;

/** The filters and the order of the public list. */
export class ListPropertiesInput extends PageInput {
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

  @WordField({
    words: SORT_NAMES,
    default: 'newest',
    description:
      '`newest`: latest `statusSince` first; the others rising, or falling with `-`. Homes whose value is unknown come last in either direction; ties by id in the direction of the sort.',
  })
  sort: SortName = 'newest';

  @FlagField({ default: false, description: '`true` adds `page.total`, the number of homes on all pages.' })
  count = false;
}
