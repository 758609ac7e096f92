import { type RawBuilder, sql } from 'kysely';
import { offsetMinutes } from '../../database/time.js';

/** What has no time was liked before all that has one, as the history says it, too. */
const NO_TIME = 86_400;

/** A date of the database as whole seconds since 1970 in UTC; fractions are cut off. */
export function utcSeconds(column: string, zone: string): RawBuilder<number> {
  const offset = sql.lit(offsetMinutes(zone) * 60);
  // Not unix_timestamp(), which ends in 2038 on one server.
  return sql`greatest(${sql.lit(NO_TIME)}, coalesce(
    timestampdiff(second, '1970-01-01 00:00:00', nullif(${sql.ref(column)}, '0000-00-00 00:00:00')) - ${offset}, 0))`;
}
