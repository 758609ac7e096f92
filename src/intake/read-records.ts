import { ADDED_COLUMNS, type CsvRow, csvRow, csvRows, isOfRejectedRows, isWholeLine } from './csv-rows.js';
import { type CsvDialect, delimiterOf, isQuoted, lineEndOf, otherDelimiterIn } from './csv-dialect.js';
import { unescapeFormulas } from './formula-escape.js';
import { type Fault, faultOfAnyRow, ImportError } from './import-error.js';
import { columnsOf, Fields, type ImportMap } from './import-map.js';
import type { Row } from './map-row.js';
import { arrayElements, type JsonText, parseObject, refuseOtherShapes, WHAT_TO_DO } from './json-texts.js';
import { TextFile } from './read-lines.js';
import { encodingOf } from './text-encoding.js';

/** One record of a file: a row of CSV, an object of NDJSON. */
export interface SourceRecord extends Row {
  /** Of its beginning, from 1. */
  readonly line: number;
  /** As it stands in the file, for the file of rejected rows. */
  readonly cells: readonly string[];
  /** Why it could not be taken apart; its values are of no use then. */
  readonly fault?: Fault;
}

export interface RecordFile {
  /** Of CSV, as its header names them; null: every record names its own. */
  readonly columns: readonly string[] | null;
  /** How the rejected rows are written, so that the same map reads them. */
  readonly dialect: CsvDialect;
  /** To be read once. Blank rows are left out. */
  readonly records: AsyncIterable<SourceRecord>;
  /** How much of the file has been read, from 0 to 1. */
  fractionRead(): number;
}

/**
 * @param map says what the file itself does not
 * @throws ImportError, now or while it is read, when the file can not be read or is not what it should be
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

async function openCsv(file: TextFile, delimiterOfMap: string | undefined): Promise<RecordFile> {
  const { path, head } = file;
  const lineEnd = lineEndOf(head, { quotes: true });
  const named = delimiterOf(path, head);
  const delimiter = named ?? delimiterOfMap ?? ',';
  const lines = file.lines(lineEnd);
  if (named) await lines.next();
  const rows = csvRows(lines, delimiter, named ? 2 : 1);
  const { value: header } = await rows.next();
  if (!header) throw new ImportError(`${path} is empty: its first line must name the columns.`);
  if (header.fault) throw new ImportError(`The header of ${path} can not be read: ${header.fault.reason}.`);
  const other = otherDelimiterIn(header.cells, delimiter);
  if (other) {
    throw new ImportError(
      `${path} seems to have ${other.name} between its columns: write "delimiter": ${JSON.stringify(other.delimiter)} ` +
        `in the map, or put the line sep=${other.delimiter} before its first.`,
    );
  }
  const ofRejected = isOfRejectedRows(header.cells);
  const names = ofRejected ? header.cells.slice(ADDED_COLUMNS.length).map(unescapeFormulas) : header.cells;
  const columns = names.map((name) => name.trim());
  const records = ofRejected ? rejectedAgain(rows, delimiter, columns.length) : rows;
  const ofJson = ofRejected && columns.join() === JSON_COLUMN;
  return {
    columns: ofJson ? null : columns,
    dialect: {
      encoding: file.encoding,
      hasMark: file.hasMark,
      lineEnd,
      delimiter,
      namesDelimiter: named !== null,
      quoted: isQuoted(head, header.cells, delimiter),
    },
    records: ofJson ? jsonRecords(textsIn(records)) : withColumns(records, columns),
    fractionRead: () => file.fractionRead,
  };
}

/** Name of the column of the rejected rows that has the records of JSON. */
export const JSON_COLUMN = 'record';

function openJson(
  file: TextFile,
  { delimiter = ',', fields }: Parameters<typeof openRecords>[1],
): RecordFile {
  const { path, head, encoding, hasMark } = file;
  const columns = fields ? columnsOf({ fields }).map(({ column }) => column) : Object.keys(new Fields());
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

/** Takes off what the file of rejected rows has more than its source, so that a row is as it was there. */
async function* rejectedAgain(
  rows: AsyncIterable<CsvRow>,
  delimiter: string,
  width: number,
): AsyncGenerator<CsvRow> {
  for await (const row of rows) {
    // Broken quotes: the columns can not be told apart.
    if (row.fault && row.cells.length === 1) {
      yield row;
      continue;
    }
    const cells = row.cells.slice(ADDED_COLUMNS.length).map(unescapeFormulas);
    // A spreadsheet may have added blank cells behind the line. A line that was split into cells is a row like others.
    const [line = '', ...others] = cells;
    const joined = isWholeLine(row.cells[1] ?? '') && others.every((cell) => !cell.trim());
    yield { ...row, cells, ...(joined ? csvRow(line, delimiter, width) : {}) };
  }
}

async function* withColumns(
  rows: AsyncIterable<CsvRow>,
  columns: readonly string[],
): AsyncGenerator<SourceRecord> {
  const places = new Map(columns.map((name, place) => [name, place]));
  for await (const row of rows) {
    yield { ...row, value: (column) => row.cells[places.get(column) ?? -1] };
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
    yield { line, cells: [text], fault: object ? undefined : NO_OBJECT, value };
  }
}

const NO_OBJECT = faultOfAnyRow('the record is not a JSON object');
