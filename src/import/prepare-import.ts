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
  /** Null: the columns have the names of our fields. */
  readonly mapPath: string | null;
  /** For the rejected rows, if the file's own folder may not be written. */
  readonly otherFolder: string;
}

/**
 * Opens the file and makes sure that the map fits it and this database.
 * @throws ImportError telling what does not fit
 */
export async function prepareImport(
  { listings, statuses }: { listings: ListingsService; statuses: StatusCatalogue },
  { path, mapPath, otherFolder, ...options }: ImportRequest,
): Promise<ImportRun> {
  const given = mapPath === null ? null : await loadMap(mapPath);
  const file = await openRecords(path, given ?? {});
  const map = given ?? mapOfOwnFields(file.columns);
  if (file.columns) checkColumns(path, map, file.columns);
  const { idOf } = await statuses.get();
  const limits = { statuses: [...idOf.keys()].filter(Boolean), latest: new Date(Date.now() + DAY_MS) };
  const mapRow = rowMapper(map, limits);
  const rejected = await RejectedFile.for(path, file.columns ?? [JSON_COLUMN], file.dialect, otherFolder);
  const names = columnsOf(map).map(({ column }) => column);
  const columns = {
    ignored: given ? [] : (file.columns ?? []).filter((name) => !names.includes(name)),
    unseen: new Set(given && !file.columns ? names : []),
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
      `${path} does not fit ${map.source ? 'the map' : 'our own names (with other names it needs a map)'}:`,
      ...faults,
      `Its columns are: ${shown.length > 2_000 ? `${shown.slice(0, 2_000)}…` : shown}`,
    ].join('\n'),
  );
}
