import { type CsvRow, csvRows } from './csv-rows.js';
import { type Fault, faultOfAnyRow, ImportError } from './import-error.js';
import type { ImportMap } from './import-map.js';
import type { Row } from './map-row.js';
import { TextFile } from './read-lines.js';

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
  /** Of CSV, as its first line names them; null: every record names its own. */
  readonly columns: readonly string[] | null;
  /** To be read once. Blank rows are left out. */
  readonly records: AsyncIterable<SourceRecord>;
  /** How much of the file has been read, from 0 to 1. */
  fractionRead(): number;
}

/**
 * @param map says what the file's name does not
 * @throws ImportError, now or while it is read, when the file can not be read or is not what it should be
 */
export async function openRecords(
  path: string,
  map: Pick<ImportMap, 'format' | 'delimiter'>,
): Promise<RecordFile> {
  const format = /\.(csv|ndjson|jsonl)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? map.format;
  if (!format)
    throw new ImportError(`${path} ends neither in .csv nor .ndjson, and no map tells its format.`);
  const file = await TextFile.open(path);
  const fractionRead = (): number => file.fractionRead;
  if (format !== 'csv') return { columns: null, records: jsonRecords(file.lines()), fractionRead };

  const rows = csvRows(file.lines(), map.delimiter ?? ',');
  const { value: header } = await rows.next();
  if (!header) throw new ImportError(`${path} is empty; its first line must name the columns.`);
  if (header.fault) throw new ImportError(`The header of ${path} can not be read: ${header.fault.reason}.`);
  const columns = header.cells.map((name) => name.trim());
  if (columns.join().includes('\uFFFD')) throw new ImportError(`${path} is not a text file in UTF-8.`);
  return { columns, records: withColumns(rows, columns), fractionRead };
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

async function* jsonRecords(lines: AsyncIterable<string>): AsyncGenerator<SourceRecord> {
  let line = 0;
  for await (const text of lines) {
    line++;
    if (!text.trim()) continue;
    const object = parseObject(text);
    const value = (name: string): unknown =>
      object && Object.hasOwn(object, name) ? object[name] : undefined;
    yield { line, cells: [text], fault: object ? undefined : NO_OBJECT, value };
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text);
    return Object(json) === json && !Array.isArray(json) ? (json as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

const NO_OBJECT = faultOfAnyRow('the line is not a JSON object');
