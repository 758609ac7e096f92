import { defineEntity, p } from '@mikro-orm/core';

const ReplicaHeartbeatSchema = defineEntity({
  name: 'ReplicaHeartbeat',
  tableName: 'replica_heartbeat',
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(false),
    /** By the clock of the primary, in milliseconds since 1970. */
    beatAt: p.bigint('number').unsigned(false),
  },
});
/** The only row of `replica_heartbeat`. */
export class ReplicaHeartbeat extends ReplicaHeartbeatSchema.class {}
ReplicaHeartbeatSchema.setClass(ReplicaHeartbeat);
