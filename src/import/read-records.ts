import {
  ADDED_COLUMNS,
  type CsvRow,
  csvRow,
  csvRows,
  isRejectedRowsHeader,
  isWholeLine,
} from './csv-rows.js';
import { type CsvDialect, delimiterOf, isQuoted, lineEndOf, likelyDelimiter } from './csv-dialect.js';
import { unescapeFormulas } from './formula-escape.js';
import { type RowFault, rowFault, ImportError } from './import-error.js';
import { columnsOf, FIELD_NAMES, type ImportMap } from './import-map.js';
import type { Row } from './map-row.js';
import { arrayElements, type JsonText, parseObject, refuseOtherShapes, WHAT_TO_DO } from './json-texts.js';
import { TextFile } from './read-lines.js';
import { encodingOf } from './text-encoding.js';

/** One record of a file: a CSV row or a JSON object. */
export interface SourceRecord extends Row {
  /** Number of its first line, from 1. */
  readonly line: number;
  /** Unchanged cells, for the file of rejected rows. */
  readonly cells: readonly string[];
  /** Set when the record is malformed; its values are then meaningless. */
  readonly fault?: RowFault;
}

export interface RecordFile {
  /** Columns in the CSV header; null for JSON: each record names its own. */
  readonly columns: readonly string[] | null;
  /** Format of the file of rejected rows; the same mapping can read it. */
  readonly dialect: CsvDialect;
  /** Can be read once. Blank rows are skipped. */
  readonly records: AsyncIterable<SourceRecord>;
  /** Fraction of the file that is read, from 0 to 1. */
  fractionRead(): number;
}

/**
 * @param map settings that the name and the content of the file do not give
 * @throws ImportError, here or while the records are read, when the file cannot be read or is malformed
 */
export async function openRecords(
  path: string,
  map: Pick<ImportMap, 'format' | 'delimiter' | 'encoding'> & { fields?: ImportMap['fields'] },
): Promise<RecordFile> {
  const format = /\.(csv|ndjson|jsonl|json)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? map.format;
  if (!format) {
    throw new ImportError(
      `${path} ends neither in .csv, .ndjson nor .json: rename it, or write "format": "csv" or "ndjson" in a map.`,
    );
  }
  const encoding = map.encoding === undefined ? undefined : (encodingOf(map.encoding) ?? undefined);
  const file = await TextFile.open(path, encoding);
  return format === 'csv' ? openCsv(file, map.delimiter) : openJson(file, map);
}

async function openCsv(file: TextFile, mappedDelimiter: string | undefined): Promise<RecordFile> {
  const { path, head } = file;
  const lineEnd = lineEndOf(head, { quotes: true });
  const named = delimiterOf(path, head);
  const delimiter = named ?? mappedDelimiter ?? ',';
  const lines = file.lines(lineEnd);
  if (named) await lines.next();
  const rows = csvRows(lines, delimiter, named ? 2 : 1);
  const { value: header } = await rows.next();
  if (!header) throw new ImportError(`${path} is empty: its first line must name the columns.`);
  if (header.fault) throw new ImportError(`The header of ${path} cannot be read: ${header.fault.reason}.`);
  const other = likelyDelimiter(header.cells, delimiter);
  if (other) {
    throw new ImportError(
      `${path} seems to have ${other.name} between its columns: write "delimiter": ${JSON.stringify(other.delimiter)} ` +
        `in the map, or put the line sep=${other.delimiter} before the first line.`,
    );
  }
  const hasRejectedRows = isRejectedRowsHeader(header.cells);
  const names = hasRejectedRows
    ? header.cells.slice(ADDED_COLUMNS.length).map(unescapeFormulas)
    : header.cells;
  const columns = names.map((name) => name.trim());
  const records = hasRejectedRows ? restoreRejectedRows(rows, delimiter, columns.length) : rows;
  const isJson = hasRejectedRows && columns.join() === JSON_COLUMN;
  return {
    columns: isJson ? null : columns,
    dialect: {
      encoding: file.encoding,
      hasMark: file.hasMark,
      lineEnd,
      delimiter,
      namesDelimiter: named !== null,
      quoted: isQuoted(head, header.cells, delimiter),
    },
    records: isJson ? jsonRecords(textsIn(records)) : withColumns(records, columns),
    fractionRead: () => file.fractionRead,
  };
}

/** Column of a file of rejected rows that holds JSON records. */
export const JSON_COLUMN = 'record';

function openJson(
  file: TextFile,
  { delimiter = ',', fields }: Parameters<typeof openRecords>[1],
): RecordFile {
  const { path, head, encoding, hasMark } = file;
  const columns = fields ? columnsOf({ fields }).map(({ column }) => column) : FIELD_NAMES;
  refuseOtherShapes(path, head, columns);
  const lineEnd = lineEndOf(head, { quotes: false });
  const texts = /^\s*\[/.test(head) ? arrayElements(file) : numbered(file.lines(lineEnd, `: ${WHAT_TO_DO}`));
  return {
    columns: null,
    dialect: { encoding, hasMark, lineEnd, delimiter, namesDelimiter: false, quoted: false },
    records: jsonRecords(texts),
    fractionRead: () => file.fractionRead,
  };
}

/** Removes what the file of rejected rows adds to a row: its first columns and the apostrophes before formulas. */
async function* restoreRejectedRows(
  rows: AsyncIterable<CsvRow>,
  delimiter: string,
  width: number,
): AsyncGenerator<CsvRow> {
  for await (const row of rows) {
    // Malformed quotes: the cells cannot be separated.
    if (row.fault && row.cells.length === 1) {
      yield row;
      continue;
    }
    const cells = row.cells.slice(ADDED_COLUMNS.length).map(unescapeFormulas);
    // A spreadsheet may have added blank cells after a raw line. If it split the line into cells, the row is a normal one.
    const [line = '', ...others] = cells;
    const isRawLine = isWholeLine(row.cells[1] ?? '') && others.every((cell) => !cell.trim());
    yield { ...row, cells, ...(isRawLine ? csvRow(line, delimiter, width) : {}) };
  }
}

async function* withColumns(
  rows: AsyncIterable<CsvRow>,
  columns: readonly string[],
): AsyncGenerator<SourceRecord> {
  const indexes = new Map(columns.map((name, index) => [name, index]));
  for await (const row of rows) {
    yield { ...row, value: (column) => row.cells[indexes.get(column) ?? -1] };
  }
}

async function* textsIn(rows: AsyncIterable<CsvRow>): AsyncGenerator<JsonText> {
  for await (const { line, cells } of rows) yield { line, text: cells[0] ?? '' };
}

async function* numbered(lines: AsyncIterable<string>): AsyncGenerator<JsonText> {
  let line = 0;
  for await (const text of lines) {
    line++;
    if (text.trim()) yield { line, text };
  }
}

async function* jsonRecords(texts: AsyncIterable<JsonText>): AsyncGenerator<SourceRecord> {
  for await (const { line, text } of texts) {
    const object = parseObject(text);
    const value = (name: string): unknown =>
      object && Object.hasOwn(object, name) ? object[name] : undefined;
    yield { line, cells: [text], fault: object ? undefined : NOT_AN_OBJECT, value };
  }
}

const NOT_AN_OBJECT = rowFault('the record is not a JSON object');
