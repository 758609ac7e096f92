import type { EntityManager } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { offsetText } from './time.js';

/** The zone of a session that sets none. NOW() of other programs is in this zone. */
export interface ServerZone {
  /** `@@global.time_zone`. */
  readonly global: string;
  /** `@@system_time_zone`: the operating system's name for the zone `SYSTEM`. */
  readonly system: string;
  /** `NOW()` in such a session; null when the server does not know its zone. */
  readonly now: string | null;
  /** `UTC_TIMESTAMP()`. */
  readonly utc: string;
  /** The distinct offsets, `±hh:mm`, of today, January and July; null when the server does not know its zone. */
  readonly offsets: readonly string[] | null;
  /** True when `init_connect` sets another zone in the sessions of ordinary users. */
  readonly isChangedAtConnect: boolean;
}

/** Offsets are in minutes. */
interface ServerZoneRow extends Pick<ServerZone, 'global' | 'system' | 'now' | 'utc'> {
  today: number | null;
  january: number | null;
  july: number | null;
  isChanged: number;
}

const serverTimeOf = (utc: string) => sql.raw(`convert_tz(${utc}, '+00:00', @@global.time_zone)`);
const offsetMinutesAt = (utc: string) => sql`timestampdiff(minute, ${sql.raw(utc)}, ${serverTimeOf(utc)})`;

/** Reads the server's zone. The result does not depend on the zone of this session. */
export async function readServerZone(em: EntityManager): Promise<ServerZone> {
  const { rows } = await sql<ServerZoneRow>`
    select @@global.time_zone as ${sql.id('global')}, @@system_time_zone as ${sql.id('system')},
      cast(${serverTimeOf('utc_timestamp()')} as char) as ${sql.id('now')}, cast(utc_timestamp() as char) as utc,
      ${offsetMinutesAt('utc_timestamp()')} as today,
      ${offsetMinutesAt("concat(year(utc_date()), '-01-15 00:00:00')")} as january,
      ${offsetMinutesAt("concat(year(utc_date()), '-07-15 00:00:00')")} as july,
      @@global.init_connect like '%time\\_zone%' as isChanged`.execute(em.getKysely());
  const { today, january, july, isChanged, ...zone } = rows[0] as ServerZoneRow;
  const known = [today, january, july].filter((minutes) => minutes !== null);
  const offsets = known.length === 3 ? [...new Set(known.map(offsetText))] : null;
  return { ...zone, offsets, isChangedAtConnect: isChanged === 1 };
}

/** True when NOW() in such a session is in the zone `assumed` (`±hh:mm`) all year. */
export function isInZone({ offsets, isChangedAtConnect }: ServerZone, assumed: string): boolean {
  return offsets?.length === 1 && sameOffset(offsets[0]!, assumed) && !isChangedAtConnect;
}

/** The zone as part of a sentence: "the zone of the server is …". */
export function describeZone({ offsets, isChangedAtConnect }: ServerZone): string {
  if (isChangedAtConnect) return 'set by its init_connect';
  if (!offsets) return 'unknown to the server itself';
  const [today, ...others] = offsets;
  return others.length > 0 ? `${today} today and ${others.join(', ')} in another season` : today!;
}

const sameOffset = (a: string, b: string): boolean =>
  a.replace('-00:00', '+00:00') === b.replace('-00:00', '+00:00');
