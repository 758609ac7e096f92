import { defineEntity, p } from '@mikro-orm/core';
import { User } from '../accounts/user.entity.js';
import { Property } from '../properties/property.entity.js';

export type LikeAction = 'liked' | 'unliked';

export const LikeEventSchema = defineEntity({
  name: 'LikeEvent',
  tableName: 'like_event',
  indexes: [
    { name: 'like_event_home', properties: ['property', 'at', 'action'] },
    { name: 'like_event_user', properties: ['user', 'at'] },
  ],
  properties: {
    id: p.bigint('number').unsigned(false).primary().autoincrement(),
    property: () =>
      p.manyToOne(Property).ref().unsigned(false).index(false).updateRule('no action').deleteRule('cascade'),
    user: () =>
      p.manyToOne(User).ref().unsigned(false).index(false).updateRule('no action').deleteRule('cascade'),
    action: p.string().columnType('varchar(7)').$type<LikeAction>().collation('ascii_bin'),
    /** Naive, in the database's zone. */
    at: p.string().columnType('datetime'),
  },
});

/** That a person liked a home, or took it back. Append-only: what ranking counts is derived from it. */
export class LikeEvent extends LikeEventSchema.class {}
LikeEventSchema.setClass(LikeEvent);
