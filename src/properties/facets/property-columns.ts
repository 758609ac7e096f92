import type { Selectable } from 'kysely';
import type { Tables } from '../model/kysely-tables.js';
import { type MarketMonths, parseMonths } from '../model/market.js';
import type { Availability } from '../model/status.js';
import { CodedColumn, grown } from './coded-column.js';
import { NewestOrder, secondsOf } from './newest-order.js';

/** The columns of `property_search` that filters and facets read. */
export const READ_COLUMNS = [
  'property_id',
  'availability',
  'status_id',
  'city_key',
  'city',
  'property_type',
  'price',
  'price_step',
  'year',
  'area',
  'bedrooms',
  'bathrooms',
  'parking_spots',
  'stratum',
  'latitude',
  'longitude',
  'market_seconds',
  'market_since',
  'market_months',
  'price_reduced_at',
  'status_since',
] as const;
export type ReadRow = Pick<Selectable<Tables['property_search']>, (typeof READ_COLUMNS)[number]>;
/** A row and, for each of some words, whether the property contains it: 1 or 0. */
export type ReadRowWithWords = ReadRow & Readonly<Record<`word${number}`, number>>;

/** A million properties take 1 MB per word. */
const MAX_KNOWN_WORDS = 24;

/** The availability and the status of a property. A null availability means hidden. */
interface Visibility {
  readonly availability: Availability | null;
  readonly statusId: number | null;
}

/** A city as a property spells it. */
interface CitySpelling {
  readonly key: string;
  readonly name: string;
}

/**
 * The filtered columns of all visible properties as arrays: about 115 bytes per property. Counting a million of them takes
 * milliseconds. A property that becomes hidden keeps its row.
 */
export class PropertyColumns {
  /** The number of rows. */
  size = 0;
  /** The number of rows whose property is visible. */
  visible = 0;
  readonly visibility: CodedColumn<Visibility>;
  readonly city: CodedColumn<CitySpelling>;
  readonly property_type: CodedColumn<string>;
  /** Null is unknown, here and in the columns below. */
  readonly price_step: CodedColumn<number | null>;
  readonly year: CodedColumn<number | null>;
  readonly bedrooms: CodedColumn<number | null>;
  readonly bathrooms: CodedColumn<number | null>;
  readonly parking_spots: CodedColumn<number | null>;
  readonly stratum: CodedColumn<number | null>;
  /** See `MarketPeriods`. */
  readonly market_months: CodedColumn<MarketMonths | null>;
  /** NaN is unknown, here and in the columns below. */
  price: Float64Array;
  area: Float64Array;
  latitude: Float64Array;
  longitude: Float64Array;
  /** See `MarketPeriods`, as for the next one. */
  market_seconds: Float64Array;
  market_since: Float64Array;
  /** Milliseconds since 1970. */
  price_reduced_at: Float64Array;
  /** See `secondsOf()`. */
  status_since: Float64Array;
  readonly newest = new NewestOrder();
  /** By word, the last used last: 1 for each row whose property contains it. */
  readonly #words = new Map<string, Uint8Array>();
  /** Memory for one count at a time: a new array per count would keep the garbage collector busy. */
  scratch: { failed: Uint8Array; rows: Uint32Array };
  #ids: Int32Array;
  /** The ids of the first rows rise, up to this row. */
  #sorted = 0;
  /** The rows of later ids. */
  readonly #unsorted = new Map<number, number>();

  /** @param capacity the expected number of rows; more rows are possible */
  constructor(capacity: number) {
    const coded = <Value>(): CodedColumn<Value> => new CodedColumn<Value>(capacity);
    this.visibility = coded();
    this.city = coded();
    this.property_type = coded();
    this.price_step = coded();
    this.year = coded();
    this.bedrooms = coded();
    this.bathrooms = coded();
    this.parking_spots = coded();
    this.stratum = coded();
    this.market_months = coded();
    this.price = new Float64Array(capacity);
    this.area = new Float64Array(capacity);
    this.latitude = new Float64Array(capacity);
    this.longitude = new Float64Array(capacity);
    this.market_seconds = new Float64Array(capacity);
    this.market_since = new Float64Array(capacity);
    this.price_reduced_at = new Float64Array(capacity);
    this.status_since = new Float64Array(capacity);
    this.scratch = { failed: new Uint8Array(capacity), rows: new Uint32Array(capacity) };
    this.#ids = new Int32Array(capacity);
  }

  /** The words whose rows are known. */
  get words(): string[] {
    return [...this.#words.keys()];
  }

  /** @returns 1 for each row whose property contains the word; undefined when these rows are not known */
  rowsOfWord(word: string): Uint8Array | undefined {
    const rows = this.#words.get(word);
    if (!rows) return undefined;
    this.#words.delete(word);
    this.#words.set(word, rows);
    return rows;
  }

  /** @param ids the properties that contain the word */
  addWord(word: string, ids: readonly number[]): void {
    const rows = new Uint8Array(this.#ids.length);
    for (const id of ids) {
      const row = this.#find(id);
      if (row !== undefined) rows[row] = 1;
    }
    this.#words.set(word, rows);
    if (this.#words.size > MAX_KNOWN_WORDS) this.#words.delete(this.words[0]!);
  }

  idOf(row: number): number {
    return this.#ids[row]!;
  }

  idsOf(rows: Uint32Array): Int32Array {
    const ids = new Int32Array(rows.length);
    for (let i = 0; i < ids.length; i++) ids[i] = this.#ids[rows[i]!]!;
    return ids;
  }

  /** Ranges of ids that together contain every possible id, each with about `size` rows. */
  idRanges(size: number): { after: number; upTo: number }[] {
    const borders = [-(2 ** 31) - 1];
    for (let row = size; row < this.#sorted; row += size) borders.push(this.#ids[row] as number);
    borders.push(2 ** 31 - 1);
    return borders.slice(1).map((upTo, i) => ({ after: borders[i] as number, upTo }));
  }

  /**
   * Adds and replaces rows.
   * @param words the word of each `word0`, `word1`, … of the rows: all known words
   */
  apply(rows: readonly ReadRow[], words: readonly string[] = []): void {
    for (const row of rows) {
      const at = this.#apply(row);
      if (at === undefined) continue;
      for (const [i, word] of words.entries()) {
        const rowsOfWord = this.#words.get(word);
        if (rowsOfWord) rowsOfWord[at] = (row as ReadRowWithWords)[`word${i}`] ?? 0;
      }
    }
  }

  /** @returns the number of the row; undefined for a hidden property without a row */
  #apply(row: ReadRow): number | undefined {
    const availability = row.availability as Availability | null;
    const known = this.#find(row.property_id);
    if (known === undefined && availability === null) return undefined;
    const at = known ?? this.#append(row.property_id);
    if (known !== undefined && this.visibility.valueOf(at).availability !== null) this.visible--;
    if (availability !== null) this.visible++;
    const visibility = { availability, statusId: row.status_id };
    this.visibility.set(at, visibility, `${availability} ${row.status_id}`);
    this.city.set(at, { key: row.city_key, name: row.city }, `${row.city_key}\n${row.city}`);
    const { market_months: months } = row;
    this.market_months.setByKey(at, months, () => (months === null ? null : parseMonths(months)));
    this.status_since[at] = secondsOf(row.status_since);
    this.newest.change(at);
    for (const column of CODED_COLUMNS) this[column].set(at, row[column] as never);
    for (const column of NUMBER_COLUMNS) this[column][at] = row[column] ?? NaN;
    return at;
  }

  #find(id: number): number | undefined {
    let [from, to] = [0, this.#sorted];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#ids[middle] as number) < id) from = middle + 1;
      else to = middle;
    }
    return from < this.#sorted && this.#ids[from] === id ? from : this.#unsorted.get(id);
  }

  #append(id: number): number {
    if (this.size === this.#ids.length) this.#grow(Math.ceil((this.size + 100) * 1.25));
    const row = this.size++;
    this.#ids[row] = id;
    if (row === this.#sorted && (row === 0 || id > (this.#ids[row - 1] as number))) this.#sorted++;
    else this.#unsorted.set(id, row);
    return row;
  }

  #grow(capacity: number): void {
    for (const column of ['visibility', 'city', 'market_months', ...CODED_COLUMNS] as const)
      this[column].grow(capacity);
    for (const column of NUMBER_COLUMNS) this[column] = grown(this[column], capacity);
    this.status_since = grown(this.status_since, capacity);
    for (const [word, rows] of this.#words) this.#words.set(word, grown(rows, capacity));
    this.scratch = { failed: new Uint8Array(capacity), rows: new Uint32Array(capacity) };
    this.#ids = grown(this.#ids, capacity);
  }
}

const CODED_COLUMNS = [
  'property_type',
  'price_step',
  'year',
  'bedrooms',
  'bathrooms',
  'parking_spots',
  'stratum',
] as const satisfies (keyof PropertyColumns)[];
const NUMBER_COLUMNS = [
  'price',
  'area',
  'latitude',
  'longitude',
  'market_seconds',
  'market_since',
  'price_reduced_at',
] as const satisfies (keyof PropertyColumns)[];
