import { ApiSchema } from '@nestjs/swagger';
import {
  MomentProperty,
  NumberProperty,
  ObjectProperty,
  ProseProperty,
  TextProperty,
  WordProperty,
} from '../../http/body-fields.js';
import { PROPERTY_TYPES, type PropertyType } from '../model/property-type.js';

const INT32 = 2 ** 31;
const LATITUDE = { min: -90, max: 90, example: 4.6486 };
const LONGITUDE = { min: -180, max: 180, example: -74.0628 };
const NO_PLACE = '0,0 is refused: null says that it is unknown.';
const ADDRESS = { maxLength: 120, example: 'Calle 23 # 45-67' };
const CITY = { maxLength: 32, example: 'Bogotá' };
// 0 is how the old rows say that it is unknown.
const PRICE = {
  min: 1,
  max: Number.MAX_SAFE_INTEGER,
  whole: true,
  format: 'int64',
  description: 'Whole units of `currency`.',
  example: 420000000,
} as const;

/** What may be unknown of a new home. */
class PropertyDetailsDto {
  @ProseProperty({ maxLength: 120, optional: true, example: 'Chapinero' })
  neighbourhood?: string | null;

  @TextProperty({
    minLength: 3,
    maxLength: 3,
    pattern: /^[A-Z]{3}$/,
    must: 'a code of ISO 4217, such as COP',
    optional: true,
    description: 'ISO 4217; null is COP.',
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
    min: -INT32,
    max: INT32 - 1,
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
    description: 'm², kept to hundredths.',
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
  @NumberProperty({ ...LATITUDE, description: 'Degrees north, WGS 84, kept to millionths.' })
  lat: number;

  @NumberProperty({ ...LONGITUDE, description: 'Degrees east, WGS 84, kept to millionths.' })
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

  @ObjectProperty(NewLocationDto, { optional: true, description: NO_PLACE })
  location?: NewLocationDto | null;

  @StatusName('The name of its first status, from now on; also of a hidden one.', 'en_venta')
  status: string;
}

/** A JSON merge patch (RFC 7396): what is absent stays, null clears. */
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
    description: `A merge patch, too: \`lng\` alone leaves \`lat\`. ${NO_PLACE}`,
  })
  location?: LocationPatchDto | null;
}

@ApiSchema({ name: 'NewStatus' })
export class AppendStatusDto {
  @StatusName('The name of a status; also of a hidden one.', 'vendido')
  status: string;

  @MomentProperty({
    optional: true,
    description:
      'Since when; absent or null is now. Older than the newest of its history: it is recorded, and the current status stays.',
    example: '2026-05-01T10:00:00Z',
  })
  at?: string | null;
}
