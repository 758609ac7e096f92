import { ApiSchema } from '@nestjs/swagger';
import {
  DateTimeField,
  DecimalField,
  IntField,
  ObjectField,
  ObjectsField,
  ProseField,
  TextField,
  WordField,
} from '../../http/fields.js';
import { isPhotoUrl, MAX_PHOTO_URL, MAX_PHOTOS } from '../model/photo.js';
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
  description: 'Whole units of `currency`.',
  example: 420000000,
} as const;

@ApiSchema({ name: 'NewPhoto' })
class NewPhotoDto {
  @TextField({
    maxLength: MAX_PHOTO_URL,
    required: true,
    accepts: isPhotoUrl,
    must: `be an https URL of at most ${MAX_PHOTO_URL} characters that names no private address`,
    example: 'https://fotos.example.com/42/sala.jpg',
  })
  url: string;

  @ProseField({ maxLength: 200, example: 'Sala' })
  caption?: string | null;
}

/** Fields that a new property may lack. */
class PropertyDetailsDto {
  @ProseField({ maxLength: 120, example: 'Chapinero' })
  neighbourhood?: string | null;

  @TextField({
    minLength: 3,
    maxLength: 3,
    pattern: /^[A-Z]{3}$/,
    must: 'be a code of ISO 4217, such as COP',
    description: 'ISO 4217. `null` means COP.',
    example: 'COP',
  })
  currency?: string | null;

  @ProseField({
    maxLength: 65_535,
    maxBytes: 65_535,
    example: 'Apartamento iluminado con balcón, a dos cuadras del parque.',
  })
  description?: string | null;

  @IntField({ min: -INT32_LIMIT, max: INT32_LIMIT - 1, description: 'Year of construction.', example: 2018 })
  year?: number | null;

  @WordField({ words: PROPERTY_TYPES, example: 'apartment' })
  propertyType?: PropertyType | null;

  @DecimalField({
    min: 0.01,
    max: 9_999_999_999.99,
    description: 'm², stored with two decimals.',
    example: 72.5,
  })
  area?: number | null;

  @IntField({ min: 0, max: 1_000, example: 3 })
  bedrooms?: number | null;

  @IntField({ min: 0, max: 1_000, example: 2 })
  bathrooms?: number | null;

  @IntField({ min: 0, max: 1_000, example: 1 })
  parkingSpots?: number | null;

  @IntField({ min: 1, max: 6, description: 'Socioeconomic stratum.', example: 4 })
  stratum?: number | null;

  @ObjectsField(NewPhotoDto, {
    maxItems: MAX_PHOTOS,
    description: 'The whole list, in order. `null` and an empty list remove all photos.',
  })
  photos?: NewPhotoDto[] | null;
}

@ApiSchema({ name: 'NewGeoPoint' })
class NewLocationDto {
  @DecimalField({
    ...LATITUDE,
    required: true,
    description: 'Degrees north, WGS 84, stored with six decimals.',
  })
  lat: number;

  @DecimalField({
    ...LONGITUDE,
    required: true,
    description: 'Degrees east, WGS 84, stored with six decimals.',
  })
  lng: number;
}

@ApiSchema({ name: 'GeoPointPatch' })
class LocationPatchDto {
  @DecimalField(LATITUDE)
  lat?: number | null;

  @DecimalField(LONGITUDE)
  lng?: number | null;
}

const StatusName = (description: string, example: string): PropertyDecorator =>
  TextField({ maxLength: 32, required: true, must: 'be the name of a status', description, example });

@ApiSchema({ name: 'NewProperty' })
export class CreatePropertyDto extends PropertyDetailsDto {
  @ProseField({ ...ADDRESS, required: true })
  address: string;

  @ProseField({ ...CITY, required: true })
  city: string;

  @IntField({ ...PRICE, required: true })
  price: number;

  @ObjectField(NewLocationDto, { description: ZERO_POINT_RULE })
  location?: NewLocationDto | null;

  @StatusName('The name of the first status, public or not. It is valid from now on.', 'en_venta')
  status: string;
}

/** A JSON merge patch (RFC 7396): absent fields stay, null clears a field. */
@ApiSchema({ name: 'PropertyPatch' })
export class PatchPropertyDto extends PropertyDetailsDto {
  @ProseField(ADDRESS)
  address?: string | null;

  @ProseField(CITY)
  city?: string | null;

  @IntField(PRICE)
  price?: number | null;

  @ObjectField(LocationPatchDto, {
    description: `Also a merge patch: \`lng\` alone does not change \`lat\`. ${ZERO_POINT_RULE}`,
  })
  location?: LocationPatchDto | null;
}

@ApiSchema({ name: 'NewStatus' })
export class AppendStatusDto {
  @StatusName('The name of a status, public or not.', 'vendido')
  status: string;

  @DateTimeField({
    description:
      'The time of the status; absent or `null` means now. A time older than the newest in the history is recorded and does not change the current status.',
    example: '2026-05-01T10:00:00Z',
  })
  at?: string | null;
}
