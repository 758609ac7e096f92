import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../database/naive-time.js';

const LegacySyncCheckpointSchema = defineEntity({
  name: 'LegacySyncCheckpoint',
  tableName: 'catch_up_state',
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(false),
    /** The rows of `status_history` and of `property_likes` up to these ids are processed. */
    statusHistoryId: p.bigint('number'),
    likeId: p.bigint('number'),
    /** The changes of `property` up to this `updated_at` are processed. */
    changedTo: naiveTime('timestamp(3)').nullable(),
    /** The sweep continues after this property, and after this city. */
    sweptTo: p.integer(),
    sweptCity: p.string().columnType('varchar(64)').collation('utf8mb4_bin'),
  },
});
/** Single-row checkpoint of the legacy sync. */
export class LegacySyncCheckpoint extends LegacySyncCheckpointSchema.class {}
LegacySyncCheckpointSchema.setClass(LegacySyncCheckpoint);
