import type { EntityManager } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { offsetText } from './time.js';

/** The zone of a session that does not set one: other programs write NOW() in it. */
export interface ServerZone {
  /** `@@global.time_zone`. */
  readonly global: string;
  /** `@@system_time_zone`: the zone that `SYSTEM` stands for, as the operating system calls it. */
  readonly system: string;
  /** `NOW()` in such a session, and `UTC_TIMESTAMP()`; `now` is null where the server does not know its zone. */
  readonly now: string | null;
  readonly utc: string;
  /** `±hh:mm` of today, of January and of July, each once; null where the server does not know its zone. */
  readonly offsets: readonly string[] | null;
  /** The server sets another zone in the sessions of ordinary users (`init_connect`). */
  readonly isChangedAtConnect: boolean;
}

interface Row {
  global: string;
  system: string;
  now: string | null;
  utc: string;
  today: number | null;
  january: number | null;
  july: number | null;
  is_changed: number;
}

const THERE = (utc: string) => sql.raw(`convert_tz(${utc}, '+00:00', @@global.time_zone)`);
const MINUTES = (utc: string) => sql`timestampdiff(minute, ${sql.raw(utc)}, ${THERE(utc)})`;

/** Reads the server's zone. No part of it depends on the zone that this session has set. */
export async function readServerZone(em: EntityManager): Promise<ServerZone> {
  const { rows } = await sql<Row>`
    select @@global.time_zone as ${sql.id('global')}, @@system_time_zone as ${sql.id('system')},
      cast(${THERE('utc_timestamp()')} as char) as ${sql.id('now')}, cast(utc_timestamp() as char) as utc,
      ${MINUTES('utc_timestamp()')} as today,
      ${MINUTES("concat(year(utc_date()), '-01-15 00:00:00')")} as january,
      ${MINUTES("concat(year(utc_date()), '-07-15 00:00:00')")} as july,
      @@global.init_connect like '%time\\_zone%' as is_changed`.execute(em.getKysely());
  const { global, system, now, utc, today, january, july, is_changed: isChanged } = rows[0] as Row;
  const offsets = [today, january, july].filter((minutes) => minutes !== null);
  return {
    global,
    system,
    now,
    utc,
    offsets:
      offsets.length === 3 ? [...new Set(offsets.map((minutes) => offsetText(Number(minutes))))] : null,
    isChangedAtConnect: Number(isChanged) === 1,
  };
}

/** Whether a date that NOW() writes in such a session is, all year, a date in the zone `assumed` (`±hh:mm`). */
export function isInZone({ offsets, isChangedAtConnect }: ServerZone, assumed: string): boolean {
  return offsets?.length === 1 && sameOffset(offsets[0]!, assumed) && !isChangedAtConnect;
}

/** The zone in a sentence. */
export function describeZone({ offsets, isChangedAtConnect }: ServerZone): string {
  if (isChangedAtConnect) return 'set by its init_connect';
  if (!offsets) return 'unknown to the server itself';
  const [today, ...others] = offsets;
  return others.length > 0 ? `${today} today and ${others.join(', ')} in another season` : today!;
}

const sameOffset = (a: string, b: string): boolean =>
  a.replace('-00:00', '+00:00') === b.replace('-00:00', '+00:00');
