import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../../database/naive-time.js';

export const PropertySchema = defineEntity({
  name: 'Property',
  tableName: 'property',
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(),
    /** '' is unknown. */
    address: p.string().length(120),
    /** '' is unknown. */
    city: p.string().length(32),
    /** Whole units of `currency`; 0 is unknown. */
    price: p.bigint('number'),
    description: p.text().nullable(),
    year: p.integer().nullable(),

    neighbourhood: p.string().length(120).nullable(),
    propertyType: p.string().length(16).nullable(),
    /** m². */
    area: p.decimal('number').precision(12).scale(2).nullable(),
    bedrooms: p.integer().nullable(),
    bathrooms: p.integer().nullable(),
    parkingSpots: p.integer().nullable(),
    stratum: p.integer().nullable(),
    /** Degrees, WGS 84. */
    latitude: p.decimal('number').precision(9).scale(6).nullable(),
    longitude: p.decimal('number').precision(9).scale(6).nullable(),
    /** ISO 4217; null is COP. */
    currency: p.string().columnType('char(3)').nullable(),
    /** See `toColumn()` in photo.ts. */
    photos: p.text().columnType('mediumtext').nullable(),
    /** `source:id` of the imported listing. */
    externalRef: p.string().length(190).collation('utf8mb4_bin').unique('property_external_ref').nullable(),
    createdAt: naiveTime('timestamp(3)').nullable().defaultRaw('current_timestamp(3)'),
    /** The server sets it, whichever program changes the row. */
    updatedAt: naiveTime('timestamp(3)')
      .nullable()
      .defaultRaw('current_timestamp(3)')
      .extra('on update current_timestamp(3)')
      .index('property_updated_at'),

    // The current status and the times on the market: derived from `status_history`, written by ListingRepository.refreshCurrentStatus() only.
    currentStatusId: p.integer().nullable(),
    /** `available` or `sold`; null is hidden. */
    availability: p.string().length(9).nullable(),
    /** As in `status_history`: without a time zone, local time of the database's zone. */
    statusSince: naiveTime('datetime').nullable(),
    // See `MarketPeriods` in market.ts.
    marketSeconds: p.bigint('number').nullable(),
    marketSince: p.bigint('number').nullable(),
    marketMonths: p.string().columnType('varchar(400)').collation('ascii_bin').nullable(),

    // Derived from `property_price`, written by PriceLog only.
    previousPrice: p.bigint('number').nullable(),
    priceChangedAt: naiveTime('timestamp(3)').nullable(),
  },
});

export class Property extends PropertySchema.class {}
PropertySchema.setClass(Property);
