import { defineEntity, p } from '@mikro-orm/core';

const CatchUpStateSchema = defineEntity({
  name: 'LegacySyncCheckpoint',
  tableName: 'catch_up_state',
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(false),
    /** Up to here the rows of `status_history` and of `property_likes` have been read to the end. */
    statusHistoryId: p.bigint('number'),
    likeId: p.bigint('number'),
    /** Up to here changes of `property` have been read. */
    changedTo: p.string().columnType('timestamp(3)').nullable(),
    /** The sweep goes on after this home, and after this city. */
    sweptTo: p.integer(),
    sweptCity: p.string().columnType('varchar(64)').collation('utf8mb4_bin'),
  },
});
/** One row: how far it has been followed what other programs write. */
export class LegacySyncCheckpoint extends CatchUpStateSchema.class {}
CatchUpStateSchema.setClass(LegacySyncCheckpoint);
