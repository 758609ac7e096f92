import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../database/naive-time.js';

export type LikeAction = 'liked' | 'unliked';

export const LikeEventSchema = defineEntity({
  name: 'LikeEvent',
  tableName: 'like_event',
  indexes: [
    { name: 'like_event_home', properties: ['propertyId', 'at', 'action'] },
    { name: 'like_event_user', properties: ['userId', 'at'] },
    { name: 'like_event_pair', properties: ['userId', 'propertyId', 'id', 'action'] },
  ],
  properties: {
    id: p.bigint('number').unsigned(false).primary().autoincrement(),
    propertyId: p.integer().unsigned(false),
    userId: p.integer().unsigned(false),
    action: p.string().columnType('varchar(7)').$type<LikeAction>().collation('ascii_bin'),
    /** Naive, in the database's zone. */
    at: naiveTime('datetime'),
  },
});

/**
 * Append-only log of likes and unlikes; the ranking is derived from it. It has no foreign keys, so it outlives properties and
 * users, and a transaction that changes one of these locks nothing in the log.
 */
export class LikeEvent extends LikeEventSchema.class {}
LikeEventSchema.setClass(LikeEvent);
