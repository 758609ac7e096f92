import { describeZone, isInZone, type ServerZone } from '../database/server-zone.js';
import { offsetMinutes } from '../database/time.js';
import type { AdoptionRepository, NewestDate } from './adoption.repository.js';
import { type Finding, findingIf } from './finding.js';

// The clocks of programs and of the server may differ a little.
const CLOCK_TOLERANCE_MINUTES = 5;

/**
 * Compares the zone of DATABASE_TIMEZONE with the zone of the server.
 * @returns a note about both; an action when they differ
 */
export function zoneDifference(zone: ServerZone, assumed: string): { note: Finding; actions: Finding[] } {
  const note = {
    title: `The service reads the dates of other programs in the zone ${assumed} (DATABASE_TIMEZONE)`,
    lines: [
      `The zone of the server is ${describeZone(zone)}: @@global.time_zone is ${zone.global}, @@system_time_zone ${zone.system}.`,
      `NOW() is ${zone.now ?? 'unknown'} in a session that does not set a zone; UTC_TIMESTAMP() is ${zone.utc}.`,
    ],
  };
  const actions = findingIf(
    !isInZone(zone, assumed),
    `DATABASE_TIMEZONE is ${assumed}, and the zone of the server is ${describeZone(zone)}`,
    [
      'A program that writes NOW() or CURRENT_TIMESTAMP and sets no zone stores dates in the zone of the server.',
      ...consequences(zone, assumed),
      ...advice(zone),
      'If every program sets its own zone (Django with USE_TZ writes UTC), DATABASE_TIMEZONE must be that zone. Then ignore this.',
    ],
  );
  return { note, actions };
}

function consequences({ offsets }: ServerZone, assumed: string): string[] {
  const [today] = offsets ?? [];
  if (today === undefined) return [];
  const minutes = offsetMinutes(today) - offsetMinutes(assumed);
  const difference = duration(minutes);
  if (minutes < 0)
    return [
      `Its dates are then ${difference} behind those of this service, and are shown ${difference} too early.`,
      'The status with the newest date is the current one. If such a program writes a sale less than',
      `${difference} after this service wrote a status of the property, the sale has the older date.`,
      'The property stays on sale until somebody writes a later status.',
    ];
  if (minutes > 0)
    return [
      `Its dates are then ${difference} ahead of those of this service, and are shown ${difference} too late.`,
      'The status with the newest date is the current one. If an import, or staff with a date, writes a status less than',
      `${difference} after a status of such a program, it has the older date and does not become the current one.`,
    ];
  return [];
}

function advice({ offsets }: ServerZone): string[] {
  const [today, ...others] = offsets ?? [];
  if (today === undefined) return [];
  if (others.length > 0)
    return [
      'The zone has summer time, so no fixed DATABASE_TIMEZONE is correct all year. Let the programs write UTC.',
    ];
  return [`Set DATABASE_TIMEZONE=${today} if these programs write in the zone of the server.`];
}

/** Notes about the newest dates. A date in the future is an action: its program writes in a zone ahead of `assumed`. */
export async function newestDates(
  repository: AdoptionRepository,
  assumed: string,
): Promise<{ notes: Finding[]; actions: Finding[] }> {
  const dates = (await repository.newestDates()).filter(({ minutesAgo }) => minutesAgo !== null);
  const [future, past] = [dates.filter(isInFuture), dates.filter((date) => !isInFuture(date))];
  return {
    notes: past.map(({ column, date, minutesAgo }) => ({
      title: `The newest date of ${column} is ${date}, ${duration(minutesAgo!)} ago in the zone ${assumed}`,
      lines: [
        'If a program wrote there just now and this date is hours old, DATABASE_TIMEZONE is not the zone of that program.',
      ],
    })),
    actions: future.map(({ column, date, minutesAgo }) => ({
      title: `The newest date of ${column} is ${date}, ${duration(minutesAgo!)} in the future in the zone ${assumed}`,
      lines: [
        'A program writes in a zone ahead of DATABASE_TIMEZONE, or a clock was wrong. Until that date, the status hides later ones.',
      ],
    })),
  };
}

const isInFuture = ({ minutesAgo }: NewestDate): boolean => minutesAgo! < -CLOCK_TOLERANCE_MINUTES;

function duration(minutes: number): string {
  const total = Math.abs(minutes);
  const [days, hours, rest] = [Math.floor(total / 1440), Math.floor(total / 60), total % 60];
  if (days >= 3) return `${days} days`;
  return hours === 0 ? `${rest} min` : `${hours} h${rest === 0 ? '' : ` ${rest} min`}`;
}
