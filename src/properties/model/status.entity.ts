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

/** A step in the life of a property. Other programs may add some: decide by name, never by id. */
export class Status extends StatusSchema.class {}
StatusSchema.setClass(Status);
