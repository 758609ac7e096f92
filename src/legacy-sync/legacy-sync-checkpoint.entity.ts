import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../database/naive-time.js';

export const LegacySyncCheckpointSchema = defineEntity({
  name: 'LegacySyncCheckpoint',
  tableName: 'catch_up_state',
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(false),
    /** The rows of `status_history` and of `property_likes` up to these ids are processed. */
    statusHistoryId: p.bigint('number'),
    likeId: p.bigint('number'),
    /** Changes of `property` that were committed before this time are processed. In the database's zone. */
    changedTo: naiveTime('timestamp(3)').nullable(),
    /** The sweep continues after this property, like, like event and city. */
    sweptTo: p.integer(),
    sweptLikeId: p.bigint('number').unsigned(false).defaultRaw('0'),
    sweptEventId: p.bigint('number').unsigned(false).defaultRaw('0'),
    sweptCity: p.string().columnType('varchar(64)').collation('utf8mb4_bin'),
  },
});
/** Single-row checkpoint of the legacy sync. */
export class LegacySyncCheckpoint extends LegacySyncCheckpointSchema.class {}
LegacySyncCheckpointSchema.setClass(LegacySyncCheckpoint);
