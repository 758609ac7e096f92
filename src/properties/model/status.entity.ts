import { defineEntity, p } from '@mikro-orm/core';

export const StatusSchema = defineEntity({
  name: 'Status',
  tableName: 'status',
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(),
    name: p.string().length(32).unique(),
    label: p.string().length(64),
  },
});

/** A status that a property can have. Other programs may add statuses: code compares names, never ids. */
export class Status extends StatusSchema.class {}
StatusSchema.setClass(Status);
