import { once } from 'node:events';
import { constants, createWriteStream } from 'node:fs';
import { access, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Stringifier, stringify } from 'csv-stringify';
import { ImportError } from './import-error.js';

/** What the file of rejected rows has before the columns of the file itself. */
export const ADDED_COLUMNS = ['line', 'reason'];

/** The CSV file of the rows that were not imported, each with its line and the reason; there once there is one. */
export class RejectedFile {
  #rows?: Stringifier;
  #written: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    private readonly header: readonly string[],
  ) {}

  /**
   * Removes what an earlier import left.
   * @param source the imported file, beside which it is written if that is allowed
   * @param columns of the source
   * @param otherFolder where it is written if not
   */
  static async for(source: string, columns: readonly string[], otherFolder: string): Promise<RejectedFile> {
    const name = `${basename(source).replace(/\.gz$/i, '')}.rejected.csv`;
    const folder = await access(dirname(source), constants.W_OK).then(
      () => dirname(source),
      () => otherFolder,
    );
    const path = join(folder, name);
    await rm(path, { force: true });
    return new RejectedFile(path, [...ADDED_COLUMNS, ...columns]);
  }

  /** @throws ImportError when it can not be written */
  async add(line: number, reason: string, cells: readonly string[]): Promise<void> {
    const rows = (this.#rows ??= this.#begin());
    if (!rows.write([line, reason, ...cells])) await Promise.race([once(rows, 'drain'), this.#written]);
  }

  /** @throws ImportError when it could not be written */
  async close(): Promise<void> {
    this.#rows?.end();
    await this.#written;
  }

  #begin(): Stringifier {
    const rows = stringify();
    this.#written = pipeline(rows, createWriteStream(this.path)).catch((error: Error) => {
      throw new ImportError(`The rejected rows can not be written to ${this.path}: ${error.message}.`);
    });
    this.#written.catch(() => {}); // add and close tell it
    rows.on('error', () => {});
    rows.write(this.header);
    return rows;
  }
}
