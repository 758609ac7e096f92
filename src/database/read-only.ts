// `read_only` counts although it does not stop an administrator: such writes would be lost with the old primary. Each server
// executes the comment of its own engine only.
export const IS_READ_ONLY = `select @@global.read_only, @@global.innodb_read_only /*!80000 , @@global.super_read_only, @@session.transaction_read_only */ /*M!100100 , @@session.tx_read_only */`;

/**
 * Yes for a server with the plugin of Group Replication that is no active member of its group, or whose group lost the majority. The
 * first can accept writes, which the group will never have; at the second a write waits. The account needs SELECT on the table.
 */
export const IS_OUTSIDE_GROUP = `select 0 /*!80000 + (select count(*) > 0 and (sum(member_id = @@server_uuid and member_state = 'ONLINE') = 0 or 2 * sum(member_state = 'UNREACHABLE') >= count(*)) from performance_schema.replication_group_members) */`;

/** Whether one of the columns says yes: 1, or from MariaDB 12 on a word. */
export function saysYes([row]: readonly object[]): boolean {
  return Object.values(row ?? {}).some((value) => !['0', 'OFF'].includes(String(value)));
}
