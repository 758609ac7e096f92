import type { ListingsService } from '../properties/write/listings.service.js';
import type { StatusCatalogue } from '../properties/read/status-catalogue.js';
import { ImportError } from './import-error.js';
import { columnsOf, type ImportMap } from './import-map.js';
import { ImportRun, type RunOptions } from './import-run.js';
import { loadMap, mapOfOwnFields } from './load-map.js';
import { rowMapper } from './map-row.js';
import { JSON_COLUMN, openRecords } from './read-records.js';
import { RejectedFile } from './rejected-file.js';

const DAY_MS = 86_400_000;

export interface ImportRequest extends RunOptions {
  readonly path: string;
  /** Mapping file; null: the columns have the names of the fields. */
  readonly mapPath: string | null;
  /** Folder for the rejected rows when the file's own folder is not writable. */
  readonly fallbackFolder: string;
}

/**
 * Opens the file and checks the mapping against the file and the database.
 * @throws ImportError when they do not match, or a file cannot be read
 */
export async function prepareImport(
  { listings, statuses }: { listings: ListingsService; statuses: StatusCatalogue },
  { path, mapPath, fallbackFolder, ...options }: ImportRequest,
): Promise<ImportRun> {
  const loadedMap = mapPath === null ? null : await loadMap(mapPath);
  const file = await openRecords(path, loadedMap ?? {});
  const map = loadedMap ?? mapOfOwnFields(file.columns);
  if (file.columns) checkColumns(path, map, file.columns);
  const { idOf } = await statuses.get();
  const limits = { statuses: [...idOf.keys()].filter(Boolean), latest: new Date(Date.now() + DAY_MS) };
  const mapRow = rowMapper(map, limits);
  const rejected = await RejectedFile.for(path, file.columns ?? [JSON_COLUMN], file.dialect, fallbackFolder);
  const names = columnsOf(map).map(({ column }) => column);
  const columns = {
    ignored: loadedMap ? [] : (file.columns ?? []).filter((name) => !names.includes(name)),
    unseen: new Set(loadedMap && !file.columns ? names : []),
  };
  return new ImportRun(listings, file, mapRow, rejected, columns, options);
}

function checkColumns(path: string, map: ImportMap, columns: readonly string[]): void {
  const faults = columnsOf(map).flatMap(({ field, column }) => {
    const times = columns.filter((name) => name === column).length;
    const found = times === 0 ? 'no column' : `${times} columns`;
    return times === 1 ? [] : [`  it has ${found} ${JSON.stringify(column)}, for ${field}`];
  });
  if (faults.length === 0) return;
  const shown = columns.join(', ');
  throw new ImportError(
    [
      `${path} does not fit ${map.source ? 'the map' : 'the field names of a listing (other column names need a map)'}:`,
      ...faults,
      `Its columns are: ${shown.length > 2_000 ? `${shown.slice(0, 2_000)}…` : shown}`,
    ].join('\n'),
  );
}
