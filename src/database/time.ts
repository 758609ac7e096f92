/** Stands for a missing or impossible date, such as the zero date of an old row, where a date is required. It sorts first. */
export const NO_DATE = '0001-01-01T00:00:00Z';

const MAX_TIME_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Converts a date of the database to RFC 3339 in UTC.
 * @param naive `YYYY-MM-DD hh:mm:ss[.ffffff]` in the database's zone
 * @param offset the database's zone, `±hh:mm`
 * @returns null for null, for an impossible date such as `0000-00-00 00:00:00` or 31 February, and for a date after 9999 in UTC
 */
export function toUtc(naive: string | null, offset: string): string | null {
  if (naive === null || isImpossibleDate(naive)) return null;
  // The usual zone needs no date arithmetic, and a page has hundreds of dates.
  if (offset === '+00:00') return `${naive.replace(' ', 'T')}Z`;
  const time = Date.parse(naive.replace(' ', 'T') + offset);
  if (Number.isNaN(time) || time > MAX_TIME_MS) return null;
  // A text without a fraction stays without one, as the old columns store whole seconds.
  return new Date(time).toISOString().replace(naive.includes('.') ? '' : /\.000(?=Z)/, '');
}

/**
 * True for a text that the database can store as a date: with any day from 1 to 31 in any month (ALLOW_INVALID_DATES), or the zero
 * date.
 */
export function isDatabaseTime(text: string): boolean {
  if (text === '0000-00-00 00:00:00') return true;
  const [, day] = /^\d{4}-\d\d-(\d\d) /.exec(text) ?? [];
  if (day === undefined || day < '01' || day > '31') return false;
  const iso = `${text.slice(0, 8)}01T${text.slice(11).replace(/\.\d{1,6}$/, '')}.000Z`;
  const time = Date.parse(iso);
  return !Number.isNaN(time) && new Date(time).toISOString() === iso;
}

/**
 * Formats a time for the database: `YYYY-MM-DD hh:mm:ss`, without the fraction of the second.
 * @param offset the database's zone, `±hh:mm`
 */
export function toDatabaseTime(time: Date, offset: string): string {
  const local = new Date(time.getTime() + offsetMinutes(offset) * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

/** The minutes that a zone, `±hh:mm`, is ahead of UTC. */
export function offsetMinutes(offset: string): number {
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** The zone, `±hh:mm`, that is so many minutes ahead of UTC. */
export function offsetText(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}

/** True for month 0, day 0 and a day that the month does not have. */
function isImpossibleDate(naive: string): boolean {
  // Days 1 to 28 exist in every month.
  const dayText = naive.slice(8, 10);
  if (dayText < '29' && dayText !== '00' && naive.slice(5, 7) !== '00') return false;
  const [year, month, day] = naive.slice(0, 10).split('-').map(Number) as [number, number, number];
  return month === 0 || day === 0 || day > new Date(Date.UTC(year, month, 0)).getUTCDate();
}
