import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../../database/naive-time.js';
import { Property } from './property.entity.js';

export const PropertyPriceSchema = defineEntity({
  name: 'PropertyPrice',
  tableName: 'property_price',
  properties: {
    property: () =>
      p
        .manyToOne(Property)
        .ref()
        .primary()
        // The primary key begins with it.
        .index(false)
        .unsigned(false)
        .updateRule('no action')
        .deleteRule('cascade'),
    /** 1 is the first known price, 2 the first change. */
    n: p.integer().unsigned(false).primary(),
    /** Null is unknown. */
    price: p.bigint('number').nullable(),
    /** ISO 4217. */
    currency: p.string().columnType('varchar(3)').collation('utf8mb4_bin'),
    /** When the service saw the price. */
    at: naiveTime('timestamp(3)').defaultRaw('current_timestamp(3)'),
  },
});
/**
 * The price log: one row for each price of a property that the service saw. PriceLog writes it. A property that is older than the
 * log and has not changed its price since has no row.
 */
export class PropertyPrice extends PropertyPriceSchema.class {}
PropertyPriceSchema.setClass(PropertyPrice);
