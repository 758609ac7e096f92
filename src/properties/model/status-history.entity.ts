import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../../database/naive-time.js';
import { Property } from './property.entity.js';
import { Status } from './status.entity.js';

export const StatusHistorySchema = defineEntity({
  name: 'StatusHistory',
  tableName: 'status_history',
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(),
    property: () =>
      p.manyToOne(Property).ref().unsigned(false).updateRule('no action').deleteRule('no action'),
    status: () => p.manyToOne(Status).ref().unsigned(false).updateRule('no action').deleteRule('no action'),
    /** Without a time zone: local time of the database's zone. */
    updateDate: naiveTime('datetime').defaultRaw('current_timestamp'),
  },
});

/** One change of a property's status. Append-only; rows can arrive out of order and more than once. */
export class StatusHistory extends StatusHistorySchema.class {}
StatusHistorySchema.setClass(StatusHistory);
