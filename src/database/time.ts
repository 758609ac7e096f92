/** For what must have a date and has none, such as the zero date of an old row: it is before all others. */
export const NO_DATE = '0001-01-01T00:00:00Z';

const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * A date of the database, naive text in the database's zone, as RFC 3339 in UTC.
 * @param offset the zone, `±hh:mm`
 * @returns null for null and for what is no date, such as `0000-00-00 00:00:00` or 31 February, or ends after the year 9999 in UTC
 */
export function toUtc(naive: string | null, offset: string): string | null {
  if (naive === null || isNoDate(naive)) return null;
  // In most databases there is nothing to work out; a page has hundreds of dates.
  if (offset === '+00:00') return `${naive.replace(' ', 'T')}Z`;
  const time = Date.parse(naive.replace(' ', 'T') + offset);
  if (Number.isNaN(time) || time > LAST) return null;
  // Whole seconds stay whole: the old columns have no fraction to tell.
  return new Date(time).toISOString().replace(naive.includes('.') ? '' : /\.000(?=Z)/, '');
}

/** Whether it is a date as the database keeps it: a day of a month, be there one of this number or not, or the zero date. */
export function isDatabaseTime(text: string): boolean {
  if (text === '0000-00-00 00:00:00') return true;
  const [, day] = /^\d{4}-\d\d-(\d\d) /.exec(text) ?? [];
  if (day === undefined || day < '01' || day > '31') return false;
  const iso = `${text.slice(0, 8)}01T${text.slice(11).replace(/\.\d{1,6}$/, '')}.000Z`;
  const time = Date.parse(iso);
  return !Number.isNaN(time) && new Date(time).toISOString() === iso;
}

/** A moment as the database keeps it: `YYYY-MM-DD hh:mm:ss` in its zone; fractions of a second are cut off. */
export function toDatabaseTime(moment: Date, offset: string): string {
  const local = new Date(moment.getTime() + offsetMinutes(offset) * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

/** How far a zone, `±hh:mm`, is ahead of UTC. */
export function offsetMinutes(offset: string): number {
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** Minutes ahead of UTC as a zone, `±hh:mm`. */
export function offsetText(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}

/** A month or a day 0, or a day that the month does not have. */
function isNoDate(naive: string): boolean {
  // Most days are in every month.
  if (!/^\d{4}-(00|\d\d-(00|29|3))/.test(naive)) return false;
  const [year, month, day] = naive.slice(0, 10).split('-').map(Number) as [number, number, number];
  return month === 0 || day === 0 || day > new Date(Date.UTC(year, month, 0)).getUTCDate();
}
