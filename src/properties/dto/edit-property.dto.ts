import { ApiSchema } from '@nestjs/swagger';
import {
  DateTimeProperty,
  NumberProperty,
  ObjectProperty,
  ProseProperty,
  TextProperty,
  WordProperty,
} from '../../http/body-fields.js';
import { PROPERTY_TYPES, type PropertyType } from '../model/property-type.js';

const INT32_LIMIT = 2 ** 31;
const LATITUDE = { min: -90, max: 90, example: 4.6486 };
const LONGITUDE = { min: -180, max: 180, example: -74.0628 };
const ZERO_POINT_RULE = '0,0 is refused; send null for an unknown location.';
const ADDRESS = { maxLength: 120, example: 'Calle 23 # 45-67' };
const CITY = { maxLength: 32, example: 'Bogotá' };
// 0 is refused: in the old rows it means an unknown price.
const PRICE = {
  min: 1,
  max: Number.MAX_SAFE_INTEGER,
  whole: true,
  format: 'int64',
  description: 'Whole units of `currency`.',
  example: 420000000,
} as const;

/** Fields that a new property may lack. */
class PropertyDetailsDto {
  @ProseProperty({ maxLength: 120, optional: true, example: 'Chapinero' })
  neighbourhood?: string | null;

  @TextProperty({
    minLength: 3,
    maxLength: 3,
    pattern: /^[A-Z]{3}$/,
    must: 'a code of ISO 4217, such as COP',
    optional: true,
    description: 'ISO 4217. `null` means COP.',
    example: 'COP',
  })
  currency?: string | null;

  @ProseProperty({
    maxLength: 65_535,
    maxBytes: 65_535,
    optional: true,
    example: 'Apartamento iluminado con balcón, a dos cuadras del parque.',
  })
  description?: string | null;

  @NumberProperty({
    min: -INT32_LIMIT,
    max: INT32_LIMIT - 1,
    whole: true,
    optional: true,
    description: 'Year of construction.',
    example: 2018,
  })
  year?: number | null;

  @WordProperty({ words: PROPERTY_TYPES, optional: true, example: 'apartment' })
  propertyType?: PropertyType | null;

  @NumberProperty({
    min: 0.01,
    max: 9_999_999_999.99,
    optional: true,
    description: 'm², stored with two decimals.',
    example: 72.5,
  })
  area?: number | null;

  @NumberProperty({ min: 0, max: 1_000, whole: true, optional: true, example: 3 })
  bedrooms?: number | null;

  @NumberProperty({ min: 0, max: 1_000, whole: true, optional: true, example: 2 })
  bathrooms?: number | null;

  @NumberProperty({ min: 0, max: 1_000, whole: true, optional: true, example: 1 })
  parkingSpots?: number | null;

  @NumberProperty({
    min: 1,
    max: 6,
    whole: true,
    optional: true,
    description: 'Socioeconomic stratum.',
    example: 4,
  })
  stratum?: number | null;
}

@ApiSchema({ name: 'NewLocation' })
class NewLocationDto {
  @NumberProperty({ ...LATITUDE, description: 'Degrees north, WGS 84, stored with six decimals.' })
  lat: number;

  @NumberProperty({ ...LONGITUDE, description: 'Degrees east, WGS 84, stored with six decimals.' })
  lng: number;
}

@ApiSchema({ name: 'LocationPatch' })
class LocationPatchDto {
  @NumberProperty({ ...LATITUDE, optional: true })
  lat?: number | null;

  @NumberProperty({ ...LONGITUDE, optional: true })
  lng?: number | null;
}

const StatusName = (description: string, example: string): PropertyDecorator =>
  TextProperty({ maxLength: 32, must: 'the name of a status', description, example });

@ApiSchema({ name: 'NewProperty' })
export class CreatePropertyDto extends PropertyDetailsDto {
  @ProseProperty(ADDRESS)
  address: string;

  @ProseProperty(CITY)
  city: string;

  @NumberProperty(PRICE)
  price: number;

  @ObjectProperty(NewLocationDto, { optional: true, description: ZERO_POINT_RULE })
  location?: NewLocationDto | null;

  @StatusName('The name of the first status, public or not. It is valid from now on.', 'en_venta')
  status: string;
}

/** A JSON merge patch (RFC 7396): absent fields stay, null clears a field. */
@ApiSchema({ name: 'PropertyPatch' })
export class PatchPropertyDto extends PropertyDetailsDto {
  @ProseProperty({ ...ADDRESS, optional: true })
  address?: string | null;

  @ProseProperty({ ...CITY, optional: true })
  city?: string | null;

  @NumberProperty({ ...PRICE, optional: true })
  price?: number | null;

  @ObjectProperty(LocationPatchDto, {
    optional: true,
    description: `Also a merge patch: \`lng\` alone does not change \`lat\`. ${ZERO_POINT_RULE}`,
  })
  location?: LocationPatchDto | null;
}

@ApiSchema({ name: 'NewStatus' })
export class AppendStatusDto {
  @StatusName('The name of a status, public or not.', 'vendido')
  status: string;

  @DateTimeProperty({
    optional: true,
    description:
      'The time of the status; absent or `null` means now. A time older than the newest in the history is recorded and does not change the current status.',
    example: '2026-05-01T10:00:00Z',
  })
  at?: string | null;
}
