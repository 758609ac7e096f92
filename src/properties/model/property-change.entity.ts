import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../../database/naive-time.js';

export const CHANGE_KINDS = ['published', 'updated', 'withdrawn'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

// No foreign key: the row of a deleted property tells that it was withdrawn.
export const PropertyChangeSchema = defineEntity({
  name: 'PropertyChange',
  tableName: 'property_change',
  uniques: [{ name: 'property_change_property', properties: ['propertyId'] }],
  indexes: [
    { name: 'property_change_published', properties: ['publishedSequence', 'propertyId'] },
    { name: 'property_change_kind', properties: ['kind', 'at'] },
  ],
  properties: {
    /** From `search_state.change_sequence`, under its lock: it rises in commit order. The key, so that a page reads adjacent rows. */
    sequence: p.bigint('number').unsigned(false).primary().autoincrement(false),
    propertyId: p.integer().unsigned(false),
    kind: p.string().columnType('varchar(9)').$type<ChangeKind>().collation('utf8mb4_bin'),
    /** When the change was written, in the database's zone. */
    at: naiveTime('datetime(3)'),
    /** The sequence at which the property became public for the last time. */
    publishedSequence: p.bigint('number').unsigned(false),
  },
});
/** The last public change of each property that is or was public. */
export class PropertyChange extends PropertyChangeSchema.class {}
PropertyChangeSchema.setClass(PropertyChange);
