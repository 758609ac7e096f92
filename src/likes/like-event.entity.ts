import { defineEntity, p } from '@mikro-orm/core';
import { LikeEventRepository } from './like-event.repository.js';

export type LikeAction = 'liked' | 'unliked';

export const LikeEventSchema = defineEntity({
  name: 'LikeEvent',
  tableName: 'like_event',
  repository: () => LikeEventRepository,
  indexes: [
    { name: 'like_event_home', properties: ['propertyId', 'at', 'action'] },
    { name: 'like_event_user', properties: ['userId', 'at'] },
  ],
  properties: {
    id: p.bigint('number').unsigned(false).primary().autoincrement(),
    propertyId: p.integer().unsigned(false),
    userId: p.integer().unsigned(false),
    action: p.string().columnType('varchar(7)').$type<LikeAction>().collation('ascii_bin'),
    /** Naive, in the database's zone. */
    at: p.string().columnType('datetime'),
  },
});

/**
 * That a person liked a home, or took it back. Append-only: what ranking counts is derived from it. Without foreign keys: it
 * outlives both, and what others do to them, in transactions of any length, locks nothing in it.
 */
export class LikeEvent extends LikeEventSchema.class {}
LikeEventSchema.setClass(LikeEvent);
