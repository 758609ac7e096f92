import type { Box } from '../model/location.js';

/** The low bits of a key have the number of the row. LoadedColumns loads fewer rows. */
const ROWS = 2 ** 21;
/** After more changes, all rows are sorted again: about 50 ms with a million properties. */
const MAX_CHANGED_ROWS = 5_000;
/** Dates before it are older than all others, in no order. */
const FIRST_YEAR = 1990;

/** The end of the page before; the id is null when the next row has another date. */
type Position = readonly [date: string, id: number | null];

/** The columns of `PropertyColumns` that the order has. */
interface Columns {
  readonly size: number;
  readonly status_since: Float64Array;
  readonly latitude: Float64Array;
  readonly longitude: Float64Array;
  idOf(row: number): number;
}

/** A property in the list by `newest`. */
export interface NewestEntry {
  readonly id: number;
  readonly statusSince: string;
  readonly lat: number;
  readonly lng: number;
}

/**
 * The seconds of a date since FIRST_YEAR, if all months had 31 days: exact and in the order of the texts, also for impossible dates.
 * -1 is unknown or older.
 */
export function secondsOf(date: string | null): number {
  if (date === null) return -1;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = date.split(/[- :]/).map(Number);
  const days = ((year - FIRST_YEAR) * 12 + month - 1) * 31 + day - 1;
  return Math.max(-1, ((days * 24 + hour) * 60 + minute) * 60 + second);
}

/** The date of `secondsOf()`. */
export function dateOf(seconds: number): string {
  const digits = (value: number): string => String(value).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const months = Math.floor(days / 31);
  const date = [FIRST_YEAR + Math.floor(months / 12), (months % 12) + 1, (days % 31) + 1].map(digits);
  const time = [Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(digits);
  return `${date.join('-')} ${time.join(':')}`;
}

/** The rows of `PropertyColumns` by `status_since`. Changed rows are kept apart until there are many of them. */
export class NewestOrder {
  /** Rising numbers `seconds × ROWS + row`. */
  #keys = new Float64Array();
  /** In the order of the keys, because a read of each row's own element would miss the cache of the processor. */
  #latitudes = new Float64Array();
  #longitudes = new Float64Array();
  readonly #changed = new Set<number>();
  /** The keys of the changed rows; null after a change. */
  #changedKeys: Float64Array | null = null;
  #isSorted = false;

  /** Call it when a row was added or changed. */
  change(row: number): void {
    if (!this.#isSorted) return;
    this.#changed.add(row);
    this.#changedKeys = null;
  }

  /**
   * The newest properties of a box after a position, newest first; equal dates by falling id.
   * @param options.maxRows the number of rows that may be read
   * @returns null when more rows would have to be read, and when rows in no order are reached
   */
  find(
    columns: Columns,
    { south, north, west, east }: Box,
    matches: (row: number) => boolean,
    { after, limit, maxRows }: { after: Position | null; limit: number; maxRows: number },
  ): NewestEntry[] | null {
    this.#sort(columns);
    const [lastDate, lastId] = after ?? [];
    const last = lastDate === undefined ? Infinity : secondsOf(lastDate);
    if (last < 0) return null;
    const end = after ? (last + 1) * ROWS : Infinity;
    const [all, changed] = [this.#keys, this.#changedKeys!];
    // Dates so late that their keys are rounded.
    if (Math.max(all.at(-1) ?? 0, changed.at(-1) ?? 0) > Number.MAX_SAFE_INTEGER) return null;
    let [i, j] = [lowerBound(all, end) - 1, lowerBound(changed, end) - 1];
    const found: { id: number; seconds: number; row: number }[] = [];
    for (let read = 0; i >= 0 || j >= 0; read++) {
      if (read === maxRows) return null;
      const isChanged = i < 0 || (j >= 0 && changed[j]! > all[i]!);
      const at = isChanged ? j-- : i--;
      const key = isChanged ? changed[at]! : all[at]!;
      if (key < 0) return null;
      const seconds = Math.floor(key / ROWS);
      // Rows with the same date as the last one may have a higher id.
      if (found.length >= limit && seconds < found.at(-1)!.seconds) break;
      const row = key - seconds * ROWS;
      const lat = isChanged ? columns.latitude[row]! : this.#latitudes[at]!;
      if (!(lat >= south && lat <= north)) continue;
      const lng = isChanged ? columns.longitude[row]! : this.#longitudes[at]!;
      if (!(lng >= west && lng <= east)) continue;
      if (!isChanged && this.#changed.has(row)) continue;
      if (!matches(row)) continue;
      const id = columns.idOf(row);
      if (seconds < last || id < (lastId ?? -Infinity)) found.push({ id, seconds, row });
    }
    return found
      .toSorted((a, b) => b.seconds - a.seconds || b.id - a.id)
      .slice(0, limit)
      .map(({ id, seconds, row }) => ({
        id,
        statusSince: dateOf(seconds),
        lat: columns.latitude[row]!,
        lng: columns.longitude[row]!,
      }));
  }

  #sort(columns: Columns): void {
    const keyOf = (row: number): number => columns.status_since[row]! * ROWS + row;
    if (!this.#isSorted || this.#changed.size > MAX_CHANGED_ROWS) {
      this.#keys = new Float64Array(columns.size);
      for (let row = 0; row < columns.size; row++) this.#keys[row] = keyOf(row);
      this.#keys.sort();
      const inOrder = (column: Float64Array) =>
        this.#keys.map((key) => column[key - Math.floor(key / ROWS) * ROWS]!);
      this.#latitudes = inOrder(columns.latitude);
      this.#longitudes = inOrder(columns.longitude);
      this.#changed.clear();
      this.#changedKeys = null;
      this.#isSorted = true;
    }
    this.#changedKeys ??= Float64Array.from(this.#changed, keyOf).toSorted();
  }
}

/** The first index whose value is not below `value`. */
function lowerBound(sorted: Float64Array, value: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
