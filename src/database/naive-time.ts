import { p } from '@mikro-orm/core';

/** A property for a date column, as text without a zone. MikroORM would make it a Date in its own zone. */
export const naiveTime = (columnType: string) => p.string().columnType(columnType).runtimeType('string');
