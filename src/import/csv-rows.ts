import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { type RowFault, rowFault } from './import-error.js';
import { MAX_RECORD_LENGTH } from './read-lines.js';

export interface CsvRow {
  /** Number of its first line, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Set when the row is malformed. `cells` then has the raw line as its only cell, or the wrong number of cells. */
  readonly fault?: RowFault;
}

/** Columns that a file of rejected rows has before the columns of its source. */
export const ADDED_COLUMNS = ['line', 'reason'];

/**
 * Reasons for rows whose values cannot be separated. Files of rejected rows contain these texts, so a change here would
 * break reading older files.
 */
const QUOTE_FAULTS = {
  unclosed: 'a quote is opened and never closed',
  misplaced: 'a quote stands where CSV has none',
};

/** Whether a row rejected for this reason is stored as its raw line, in one cell. */
export function isWholeLine(reason: string): boolean {
  return Object.values(QUOTE_FAULTS).includes(reason);
}

/** Whether the header belongs to a file of rejected rows. */
export function isRejectedRowsHeader(header: readonly string[]): boolean {
  return ADDED_COLUMNS.every((name, index) => header[index]?.trim() === name);
}

/**
 * Reads CSV rows (RFC 4180); the first row is the header. Blank rows are skipped. A row with malformed quotes loses only its
 * first line: reading continues with the next line, not after the next quote.
 * @param source lines without line breaks
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
      if (isRejectedRowsHeader(cells)) added = ADDED_COLUMNS.length;
    }
    const fault = blank ? undefined : faultOf(text, cells, width, added);
    if (fault) yield { line, cells: cells && count === 1 ? cells : [first], fault };
    else if (cells && !blank) yield { line, cells };
    const usedLines = fault ? 1 : count;
    lines.drop(usedLines);
    line += usedLines;
  }
}

/** A buffer of lines that are read ahead and dropped once they are used. */
class Lookahead {
  #lines: string[] = [];
  #start = 0;

  constructor(private readonly source: AsyncIterator<string>) {}

  /** The next line, joined with the lines up to its closing quote. `text` is null when the quote is never closed. */
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

/** Reads a single line by the rules of `csvRows`. */
export function csvRow(line: string, delimiter: string, width: number): Pick<CsvRow, 'cells' | 'fault'> {
  const text = hasOddQuotes(line) ? null : line;
  const cells = text === null ? null : splitRow(text, delimiter);
  const fault = faultOf(text, cells, width, 0);
  return { cells: cells ?? [line], fault };
}

/** @returns null for malformed quotes */
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

/** @param added number of columns that the source does not have */
function faultOf(
  text: string | null,
  cells: readonly string[] | null,
  width: number,
  added: number,
): RowFault | undefined {
  if (text === null) return rowFault(QUOTE_FAULTS.unclosed);
  if (!cells) return rowFault(QUOTE_FAULTS.misplaced);
  if (cells.length === width) return undefined;
  return {
    kind: 'the row has more or fewer values than the header has columns',
    reason: `the row has ${Math.max(cells.length - added, 0)} values, the header names ${width - added} columns`,
  };
}
