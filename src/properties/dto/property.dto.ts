import { Decimal, Flag, Id, Int, List, Nested, Text, Time, Word } from '../../http/answer-fields.js';
import { ApiSchema } from '@nestjs/swagger';
import { NO_DATE, toUtc } from '../../database/time.js';
import { PageInfo } from '../../http/pagination.js';
import { isBlank } from '../../text/visible.js';
import type { PropertyRow } from '../model/property-row.js';
import { pointOf } from '../model/location.js';
import type { HistoryRow } from '../read/property.repository.js';
import { daysOnMarket } from '../model/market.js';
import { MAX_PHOTO_URL, MAX_PHOTOS, photosOf } from '../model/photo.js';
import { PROPERTY_TYPES } from '../model/property-type.js';
import { type Availability, publicStatusOf } from '../model/status.js';
import type { NamedStatus } from '../read/status-catalogue.js';

@ApiSchema({ name: 'PropertyStatus' })
export class StatusDto {
  @Text({ maxLength: 120, example: 'en_venta' })
  name: string;

  @Text({ maxLength: 64, example: 'En venta' })
  label: string;
}

@ApiSchema({ name: 'GeoPoint' })
export class LocationDto {
  @Decimal({ min: -90, max: 90, description: 'Degrees north, WGS 84.', example: 4.6486 })
  lat: number;

  @Decimal({ min: -180, max: 180, description: 'Degrees east, WGS 84.', example: -74.0628 })
  lng: number;
}

@ApiSchema({ name: 'Photo' })
class PhotoDto {
  @Text({ maxLength: MAX_PHOTO_URL, example: 'https://fotos.example.com/42/sala.jpg' })
  url: string;

  @Text({ maxLength: 200, example: 'Sala', null: true })
  caption: string | null;
}

@ApiSchema({ name: 'PropertyLikes' })
class PropertyLikesDto {
  @Int({ description: 'The exact number of users who like the property.', example: 17 })
  count: number;

  @Flag({ null: true, description: 'null when the request has no valid access token.', example: null })
  likedByMe: boolean | null;
}

/** A property as clients see it. Only staff receive hidden properties. */
@ApiSchema({ name: 'Property' })
export class PropertyDto {
  @Id()
  id: number;

  @Text({ maxLength: 120, example: 'Calle 23 # 45-67', null: true })
  address: string | null;

  @Text({ maxLength: 32, example: 'Bogotá', null: true })
  city: string | null;

  @Text({ maxLength: 120, example: 'Chapinero', null: true })
  neighbourhood: string | null;

  // Older programs can store a negative price.
  @Int({
    min: Number.MIN_SAFE_INTEGER,
    description: 'Whole units of `currency`.',
    example: 420000000,
    null: true,
  })
  price: number | null;

  @Text({ maxLength: 3, description: 'ISO 4217.', example: 'COP' })
  currency: string;

  @Int({
    min: Number.MIN_SAFE_INTEGER,
    description:
      'The price before the last change that the service saw; `null` without a change, when it was unknown or in another currency.',
    example: 450000000,
    null: true,
  })
  previousPrice: number | null;

  @Time({
    description: 'When the service saw the last change of the price; `null` without a change.',
    example: '2026-05-01T10:00:00.456Z',
    null: true,
  })
  priceChangedAt: string | null;

  @Text({
    maxLength: 65_535,
    example: 'Apartamento iluminado con balcón, a dos cuadras del parque.',
    null: true,
  })
  description: string | null;

  @Int({
    min: -2_147_483_648,
    max: 2_147_483_647,
    description: 'Year of construction, as stored.',
    example: 2018,
    null: true,
  })
  year: number | null;

  @Word({ words: PROPERTY_TYPES, example: 'apartment', null: true })
  propertyType: string | null;

  @Decimal({ min: 0, description: 'm².', example: 72.5, null: true })
  area: number | null;

  @Int({ example: 3, null: true })
  bedrooms: number | null;

  @Int({ example: 2, null: true })
  bathrooms: number | null;

  @Int({ example: 1, null: true })
  parkingSpots: number | null;

  @Int({ min: 1, max: 6, description: 'Socioeconomic stratum, 1 to 6.', example: 4, null: true })
  stratum: number | null;

  @Nested(LocationDto, { null: true })
  location: LocationDto | null;

  @List(PhotoDto, { maxItems: MAX_PHOTOS, description: 'In order. Lists show the first one only.' })
  photos: PhotoDto[];

  @Nested(StatusDto, {
    description: '`null`: the property has no status. Only staff see such properties.',
    null: true,
  })
  status: StatusDto | null;

  @Word({
    words: ['available', 'sold'],
    description: '`null`: hidden. Only staff see hidden properties.',
    example: 'available',
    null: true,
  })
  availability: Availability | null;

  @Time({
    description: 'The time of the current status; `null` when the property has no status.',
    example: '2026-05-01T10:00:00Z',
    null: true,
  })
  statusSince: string | null;

  @Int({
    description:
      'Whole days in which the property was available, all periods together, up to now or the last sale. `null`: never.',
    example: 45,
    null: true,
  })
  daysOnMarket: number | null;

  @Time({ example: '2026-04-02T15:04:05.123Z', null: true })
  createdAt: string | null;

  @Time({ example: '2026-05-01T10:00:00.456Z', null: true })
  updatedAt: string | null;

  @Nested(PropertyLikesDto, { optional: true, description: 'Only with `include=likes`.' })
  likes?: PropertyLikesDto;

  /** @param zone the zone of the database's dates, `±hh:mm` */
  static from(row: PropertyRow, status: NamedStatus | undefined, zone: string): PropertyDto {
    return {
      id: row.id,
      address: textOrNull(row.address),
      city: textOrNull(row.city),
      neighbourhood: textOrNull(row.neighbourhood),
      price: row.price || null,
      currency: textOrNull(row.currency) ?? 'COP',
      previousPrice: row.previous_price,
      priceChangedAt: toUtc(row.price_changed_at, zone),
      description: textOrNull(row.description),
      year: row.year,
      propertyType: textOrNull(row.property_type),
      area: row.area,
      bedrooms: row.bedrooms,
      bathrooms: row.bathrooms,
      parkingSpots: row.parking_spots,
      stratum: row.stratum,
      location: pointOf(row),
      photos: photosOf(row.photos),
      status: status ?? null,
      availability: row.availability as Availability | null,
      statusSince: status ? (toUtc(row.status_since, zone) ?? NO_DATE) : null,
      daysOnMarket: daysOnMarket(row.market_seconds, row.market_since, Date.now()),
      createdAt: toUtc(row.created_at, zone),
      updatedAt: toUtc(row.updated_at, zone),
    };
  }
}

export class PropertyPage {
  @List(PropertyDto, { maxItems: 100 })
  items: PropertyDto[];

  @Nested(PageInfo)
  page: PageInfo;
}

@ApiSchema({ name: 'StatusChange' })
class StatusChangeDto {
  @Nested(StatusDto)
  status: StatusDto;

  @Time({ example: '2026-05-01T10:00:00Z' })
  at: string;
}

/** The public status history of a property, newest first. */
@ApiSchema({ name: 'StatusHistory' })
export class StatusHistoryDto {
  @List(StatusChangeDto, { maxItems: 100_000 })
  items: StatusChangeDto[];

  /** @param rows any rows of the history; rows with an unknown or non-public status are left out */
  static from(
    rows: readonly HistoryRow[],
    statuses: ReadonlyMap<number, NamedStatus>,
    zone: string,
  ): StatusHistoryDto {
    return {
      items: rows.flatMap((row) => {
        const status = statuses.get(row.status_id);
        if (!status || !publicStatusOf(status.name)) return [];
        return { status, at: toUtc(row.update_date, zone) ?? NO_DATE };
      }),
    };
  }
}

// Other programs write a blank text for an unknown value.
function textOrNull(text: string | null): string | null {
  return text === null || isBlank(text) ? null : text;
}
