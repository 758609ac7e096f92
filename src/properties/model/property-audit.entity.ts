import { defineEntity, p } from '@mikro-orm/core';

export type ChangeAction = 'created' | 'updated' | 'status';

export const PropertyAuditSchema = defineEntity({
  name: 'PropertyAudit',
  tableName: 'property_audit',
  indexes: [{ name: 'property_audit_property', properties: ['propertyId', 'id'] }],
  properties: {
    id: p.bigint('number').unsigned(false).primary().autoincrement(),
    /** Naive, in the database's zone. */
    at: p.string().columnType('datetime(3)'),
    /** Who did it. No foreign keys: what was done outlives homes and people. */
    userId: p.integer(),
    propertyId: p.integer(),
    action: p.string().columnType('varchar(16)').$type<ChangeAction>().collation('ascii_bin'),
    /** JSON: the fields of a new home; of each changed field what it was and what it became; a status and its date. */
    changes: p.string().columnType('mediumtext').collation('utf8mb4_bin'),
  },
});
/** What staff changed in a home. Append-only. */
export class PropertyAudit extends PropertyAuditSchema.class {}
PropertyAuditSchema.setClass(PropertyAudit);
