import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { type Fault, faultOfAnyRow } from './import-error.js';
import { MAX_RECORD_LENGTH } from './read-lines.js';

export interface CsvRow {
  /** Of its beginning, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Why it is no row of the file; its one cell is then the line as it stands, or there are too few or too many. */
  readonly fault?: Fault;
}

/** The columns that a file of rejected rows has before those of its source. */
export const ADDED_COLUMNS = ['line', 'reason'];

/** Reasons for a row whose values can not be told apart. */
const QUOTE_FAULTS = {
  open: 'a quote is opened and never closed',
  astray: 'a quote stands where CSV has none',
};

/** Whether a rejected row stands in one cell, as the whole line that it was. */
export function isWholeLine(reason: string): boolean {
  return Object.values(QUOTE_FAULTS).includes(reason);
}

/** Whether a header is that of a file of rejected rows. */
export function isOfRejectedRows(header: readonly string[]): boolean {
  return ADDED_COLUMNS.every((name, place) => header[place]?.trim() === name);
}

/**
 * Reads the rows of RFC 4180 from lines without their ends; the first row is the header. Blank rows are left out.
 * A fault in the quotes costs the line in which the row begins, not all lines up to the next quote.
 * @param firstLine number of the first line
 */
export async function* csvRows(
  source: AsyncIterator<string>,
  delimiter: string,
  firstLine: number,
): AsyncGenerator<CsvRow, void> {
  const lines = new Lookahead(source);
  let width = 0;
  let added = 0;
  for (let line = firstLine; ;) {
    const { first, text, count } = await lines.untilQuotesClose();
    if (count === 0) return;
    const cells = text === null ? null : splitRow(text, delimiter);
    const blank = cells?.every((cell) => !cell.trim());
    if (cells && !blank && width === 0) {
      width = cells.length;
      if (isOfRejectedRows(cells)) added = ADDED_COLUMNS.length;
    }
    const fault = blank ? undefined : faultOf(text, cells, width, added);
    if (fault) yield { line, cells: cells && count === 1 ? cells : [first], fault };
    else if (cells && !blank) yield { line, cells };
    const used = fault ? 1 : count;
    lines.drop(used);
    line += used;
  }
}

/** Lines that can be looked at before they are taken. */
class Lookahead {
  #lines: string[] = [];
  #start = 0;

  constructor(private readonly source: AsyncIterator<string>) {}

  /** The next line and as many more as it takes to close its quotes; the text is null if none do. */
  async untilQuotesClose(): Promise<{ first: string; text: string | null; count: number }> {
    let end = this.#start;
    let length = 0;
    let open = false;
    do {
      if (end === this.#lines.length && !(await this.#readOne())) break;
      const line = this.#lines[end++] ?? '';
      length += line.length;
      open = open !== hasOddQuotes(line);
    } while (open && length <= MAX_RECORD_LENGTH);
    const text = open ? null : this.#lines.slice(this.#start, end).join('\n');
    return { first: this.#lines[this.#start] ?? '', text, count: end - this.#start };
  }

  drop(count: number): void {
    this.#start += count;
    if (this.#start <= this.#lines.length / 2) return;
    this.#lines = this.#lines.slice(this.#start);
    this.#start = 0;
  }

  async #readOne(): Promise<boolean> {
    const { value, done } = await this.source.next();
    if (!done) this.#lines.push(value);
    return !done;
  }
}

function hasOddQuotes(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

/** Reads a line of its own, as `csvRows` does. */
export function csvRow(line: string, delimiter: string, width: number): Pick<CsvRow, 'cells' | 'fault'> {
  const text = hasOddQuotes(line) ? null : line;
  const cells = text === null ? null : splitRow(text, delimiter);
  const fault = faultOf(text, cells, width, 0);
  return { cells: cells ?? [line], fault };
}

/** @returns null when its quotes are not where CSV has them */
function splitRow(text: string, delimiter: string): string[] | null {
  if (!text.includes('"')) return text.split(delimiter);
  try {
    const rows = parse(text, { delimiter, record_delimiter: '\n', trim: true, max_record_size: 0 });
    return rows.length === 1 ? (rows[0] ?? null) : null;
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
}

/** @param added how many of the columns are not those of the source */
function faultOf(
  text: string | null,
  cells: readonly string[] | null,
  width: number,
  added: number,
): Fault | undefined {
  if (text === null) return faultOfAnyRow(QUOTE_FAULTS.open);
  if (!cells) return faultOfAnyRow(QUOTE_FAULTS.astray);
  if (cells.length === width) return undefined;
  return {
    kind: 'the row has not as many values as the header names columns',
    reason: `the row has ${Math.max(cells.length - added, 0)} values, the header names ${width - added} columns`,
  };
}
