import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../../database/naive-time.js';

export type ChangeAction = 'created' | 'updated' | 'status';

export const PropertyAuditSchema = defineEntity({
  name: 'PropertyAudit',
  tableName: 'property_audit',
  indexes: [
    { name: 'property_audit_property', properties: ['propertyId', 'id'] },
    { name: 'property_audit_user', properties: ['userId', 'id'] },
  ],
  properties: {
    id: p.bigint('number').unsigned(false).primary().autoincrement(),
    /** Without a time zone: local time of the database's zone. */
    at: naiveTime('datetime(3)'),
    /** The staff user. Neither id has a foreign key: audit lines stay when the property or the user is deleted. */
    userId: p.integer(),
    propertyId: p.integer(),
    action: p.string().columnType('varchar(16)').$type<ChangeAction>().collation('ascii_bin'),
    /**
     * JSON. `created`: the fields of the property. `updated`: the old and the new value of each changed field. `status`: the
     * status and its date.
     */
    changes: p.string().columnType('mediumtext').collation('utf8mb4_bin'),
  },
});
/** One change of a property by staff. Append-only. */
export class PropertyAudit extends PropertyAuditSchema.class {}
PropertyAuditSchema.setClass(PropertyAudit);
