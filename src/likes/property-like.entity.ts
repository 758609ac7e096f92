import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../database/naive-time.js';
import { User } from '../accounts/user.entity.js';
import { Property } from '../properties/model/property.entity.js';

export const PropertyLikeSchema = defineEntity({
  name: 'PropertyLike',
  tableName: 'property_likes',
  uniques: [{ name: 'property_likes_pair', properties: ['property', 'user'] }],
  indexes: [
    { name: 'property_likes_user', properties: ['user', 'createdAt'] },
    { name: 'property_likes_home', properties: ['property', 'createdAt'] },
  ],
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(),
    property: () =>
      p.manyToOne(Property).ref().unsigned(false).index(false).updateRule('no action').deleteRule('cascade'),
    user: () =>
      p.manyToOne(User).ref().unsigned(false).index(false).updateRule('no action').deleteRule('cascade'),
    /** Naive, in the database's zone. */
    createdAt: naiveTime('datetime').defaultRaw('current_timestamp'),
  },
});

/** One row per property and user who likes it. An unlike deletes the row. */
export class PropertyLike extends PropertyLikeSchema.class {}
PropertyLikeSchema.setClass(PropertyLike);
