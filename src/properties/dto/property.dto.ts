import { ApiProperty, type ApiPropertyOptions, ApiSchema } from '@nestjs/swagger';
import { NO_DATE, toUtc } from '../../database/time.js';
import { PageInfo } from '../../http/pagination.js';
import { isBlank } from '../../text/visible.js';
import type { PropertyRow } from '../model/property-row.js';
import { pointOf } from '../model/location.js';
import type { HistoryRow } from '../read/property.repository.js';
import { PROPERTY_TYPES } from '../model/property-type.js';
import { type Availability, publicStatusOf } from '../model/status.js';
import type { NamedStatus } from '../read/status-catalogue.js';

/** Documents a field that is null when the value is unknown. */
const NullableField = (
  type: 'string' | 'integer' | 'number',
  options: ApiPropertyOptions = {},
): PropertyDecorator => ApiProperty({ type, nullable: true, ...options });

@ApiSchema({ name: 'Status' })
export class StatusDto {
  @ApiProperty({ example: 'en_venta' })
  name: string;

  @ApiProperty({ example: 'En venta' })
  label: string;
}

@ApiSchema({ name: 'Location' })
class LocationDto {
  @ApiProperty({ description: 'Degrees north, WGS 84.', example: 4.6486 })
  lat: number;

  @ApiProperty({ description: 'Degrees east, WGS 84.', example: -74.0628 })
  lng: number;
}

/** A property as clients see it. Only staff receive hidden properties. */
@ApiSchema({ name: 'Property' })
export class PropertyDto {
  @ApiProperty({ type: 'integer', format: 'int64', example: 42 })
  id: number;

  @NullableField('string', { example: 'Calle 23 # 45-67' })
  address: string | null;

  @NullableField('string', { example: 'Bogotá' })
  city: string | null;

  @NullableField('string', { example: 'Chapinero' })
  neighbourhood: string | null;

  @NullableField('integer', {
    format: 'int64',
    description: 'Whole units of `currency`.',
    example: 420000000,
  })
  price: number | null;

  @ApiProperty({ description: 'ISO 4217.', example: 'COP' })
  currency: string;

  @NullableField('string', { example: 'Apartamento iluminado con balcón, a dos cuadras del parque.' })
  description: string | null;

  @NullableField('integer', { description: 'Year of construction, as stored.', example: 2018 })
  year: number | null;

  @NullableField('string', { enum: PROPERTY_TYPES, example: 'apartment' })
  propertyType: string | null;

  @NullableField('number', { description: 'm².', example: 72.5 })
  area: number | null;

  @NullableField('integer', { example: 3 })
  bedrooms: number | null;

  @NullableField('integer', { example: 2 })
  bathrooms: number | null;

  @NullableField('integer', { example: 1 })
  parkingSpots: number | null;

  @NullableField('integer', { description: 'Socioeconomic stratum, 1 to 6.', example: 4 })
  stratum: number | null;

  @ApiProperty({ type: LocationDto, nullable: true })
  location: LocationDto | null;

  @ApiProperty({
    type: StatusDto,
    nullable: true,
    description: '`null`: the property has no status. Only staff see such properties.',
  })
  status: StatusDto | null;

  @NullableField('string', {
    enum: ['available', 'sold'],
    description: '`null`: hidden. Only staff see hidden properties.',
    example: 'available',
  })
  availability: Availability | null;

  @NullableField('string', {
    format: 'date-time',
    description: 'The time of the current status; `null` when the property has no status.',
    example: '2026-05-01T10:00:00Z',
  })
  statusSince: string | null;

  @NullableField('string', { format: 'date-time', example: '2026-04-02T15:04:05.123Z' })
  createdAt: string | null;

  @NullableField('string', { format: 'date-time', example: '2026-05-01T10:00:00.456Z' })
  updatedAt: string | null;

  /** @param zone the zone of the database's dates, `±hh:mm` */
  static from(row: PropertyRow, status: NamedStatus | undefined, zone: string): PropertyDto {
    return {
      id: row.id,
      address: textOrNull(row.address),
      city: textOrNull(row.city),
      neighbourhood: textOrNull(row.neighbourhood),
      price: row.price || null,
      currency: textOrNull(row.currency) ?? 'COP',
      description: textOrNull(row.description),
      year: row.year,
      propertyType: textOrNull(row.property_type),
      area: row.area,
      bedrooms: row.bedrooms,
      bathrooms: row.bathrooms,
      parkingSpots: row.parking_spots,
      stratum: row.stratum,
      location: pointOf(row),
      status: status ?? null,
      availability: row.availability as Availability | null,
      statusSince: status ? (toUtc(row.status_since, zone) ?? NO_DATE) : null,
      createdAt: toUtc(row.created_at, zone),
      updatedAt: toUtc(row.updated_at, zone),
    };
  }
}

export class PropertyPage {
  @ApiProperty({ type: [PropertyDto] })
  items: PropertyDto[];

  @ApiProperty({ type: PageInfo })
  page: PageInfo;
}

@ApiSchema({ name: 'StatusChange' })
class StatusChangeDto {
  @ApiProperty({ type: StatusDto })
  status: StatusDto;

  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-05-01T10:00:00Z' })
  at: string;
}

/** The public status history of a property, newest first. */
@ApiSchema({ name: 'StatusHistory' })
export class StatusHistoryDto {
  @ApiProperty({ type: [StatusChangeDto] })
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
