import { describeZone, isInZone, type ServerZone } from '../database/server-zone.js';
import { offsetMinutes } from '../database/time.js';
import type { AdoptionRepository, NewestDate } from './adoption.repository.js';
import type { Finding } from './finding.js';

// Clocks of programs and of the server differ a little.
const TOLERATED_MINUTES = 5;

/** The zone that is assumed and that of the server, which are to be the same. */
export function zones(zone: ServerZone, assumed: string): { note: Finding; forPeople: Finding | null } {
  const note = {
    title: `The dates of other programs are read in the zone ${assumed} (DATABASE_TIMEZONE)`,
    lines: [
      `The zone of the server is ${describeZone(zone)}: @@global.time_zone is ${zone.global}, @@system_time_zone ${zone.system}.`,
      `NOW() is ${zone.now ?? 'unknown'} in a session that does not set a zone; UTC_TIMESTAMP() is ${zone.utc}.`,
    ],
  };
  if (isInZone(zone, assumed)) return { note, forPeople: null };
  return {
    note,
    forPeople: {
      title: `DATABASE_TIMEZONE is ${assumed}, and the zone of the server is ${describeZone(zone)}`,
      lines: [
        'A program that writes NOW() or CURRENT_TIMESTAMP, and sets no zone, dates its rows in the zone of the server.',
        ...consequences(zone, assumed),
        ...advice(zone),
        'Where every program sets a zone of its own (Django with USE_TZ writes UTC), DATABASE_TIMEZONE is that zone, and this is no fault.',
      ],
    },
  };
}

function consequences({ offsets }: ServerZone, assumed: string): string[] {
  const [today] = offsets ?? [];
  if (today === undefined) return [];
  const minutes = offsetMinutes(today) - offsetMinutes(assumed);
  const difference = duration(minutes);
  if (minutes < 0)
    return [
      `Its dates are then ${difference} behind those of this service, and are shown ${difference} too early.`,
      'The newest date is the current status. A sale that such a program writes less than',
      `${difference} after this service has written a status of the property has the older date: the property stays on sale,`,
      'and for good, until somebody writes a later status.',
    ];
  if (minutes > 0)
    return [
      `Its dates are then ${difference} ahead of those of this service, and are shown ${difference} too late.`,
      'The newest date is the current status. A status that an import, or staff with a date, write less than',
      `${difference} after one of such a program has the older date, and does not become the current one.`,
    ];
  return [];
}

function advice({ offsets }: ServerZone): string[] {
  const [today, ...others] = offsets ?? [];
  if (today === undefined) return [];
  if (others.length > 0)
    return [
      'The zone has summer time: no fixed DATABASE_TIMEZONE is right all year. Let the programs write UTC.',
    ];
  return [`Set DATABASE_TIMEZONE=${today}, if these programs write in the zone of the server.`];
}

/** The newest dates: one in the future tells that a program writes in a zone ahead of the assumed one. */
export async function newestDates(
  repository: AdoptionRepository,
  assumed: string,
): Promise<{ notes: Finding[]; forPeople: Finding[] }> {
  const dates = (await repository.newestDates()).filter(({ minutesAgo }) => minutesAgo !== null);
  const [late, past] = [dates.filter(isInFuture), dates.filter((date) => !isInFuture(date))];
  return {
    notes: past.map(({ column, date, minutesAgo }) => ({
      title: `The newest date of ${column} is ${date}, ${duration(minutesAgo!)} ago in the zone ${assumed}`,
      lines: [
        'If a program has just written there, and this says hours, DATABASE_TIMEZONE is not the zone of that program.',
      ],
    })),
    forPeople: late.map(({ column, date, minutesAgo }) => ({
      title: `The newest date of ${column} is ${date}, ${duration(minutesAgo!)} in the future in the zone ${assumed}`,
      lines: [
        'A program writes in a zone ahead of DATABASE_TIMEZONE, or a clock was wrong. A status with a date in the future hides later ones until then.',
      ],
    })),
  };
}

const isInFuture = ({ minutesAgo }: NewestDate): boolean => minutesAgo! < -TOLERATED_MINUTES;

function duration(minutes: number): string {
  const total = Math.abs(minutes);
  const [days, hours, rest] = [Math.floor(total / 1440), Math.floor(total / 60), total % 60];
  if (days >= 3) return `${days} days`;
  return hours === 0 ? `${rest} min` : `${hours} h${rest === 0 ? '' : ` ${rest} min`}`;
}
