import { type RawBuilder, sql } from 'kysely';
import { offsetMinutes } from '../../database/time.js';

/** Seconds since 1970: a row without a time counts as made then, before all others. Like events use the same time. */
const UNKNOWN_TIME_SECONDS = 86_400;

/**
 * Converts a datetime column to whole seconds since 1970 in UTC. Fractions are cut off.
 * @param zone the zone of the database's dates, `±hh:mm`
 */
export function utcSeconds(column: string, zone: string): RawBuilder<number> {
  const offset = sql.lit(offsetMinutes(zone) * 60);
  // unix_timestamp() ends in 2038 on one of the servers.
  return sql`greatest(${sql.lit(UNKNOWN_TIME_SECONDS)}, coalesce(
    timestampdiff(second, '1970-01-01 00:00:00', nullif(${sql.ref(column)}, '0000-00-00 00:00:00')) - ${offset}, 0))`;
}
