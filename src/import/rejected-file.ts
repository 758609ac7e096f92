import { once } from 'node:events';
import { constants, createWriteStream } from 'node:fs';
import { access, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Stringifier, stringify } from 'csv-stringify';
import type { CsvDialect } from './csv-dialect.js';
import { ADDED_COLUMNS } from './csv-rows.js';
import { escapeFormulas } from './formula-escape.js';
import { ImportError } from './import-error.js';
import { beginsWith } from './same-beginning.js';
import { encoder } from './text-encoding.js';

/**
 * The CSV file of the rows that were not imported, each with its line and the reason. It exists once there is such a
 * row. It is written like its source, so that it can be corrected and imported with the same map. A file of an earlier
 * import may hold corrections: it is replaced only when the new file begins with all that it has.
 */
export class RejectedFile {
  /** Files of earlier imports that were left as they were. */
  readonly earlier: string[] = [];
  #path: string | null = null;
  #rows?: Stringifier;
  #written: Promise<void> = Promise.resolve();

  private constructor(
    private readonly source: string,
    private readonly folder: string,
    private readonly header: readonly string[],
    private readonly dialect: CsvDialect,
  ) {}

  /**
   * @param source the imported file, beside which it is written if that is allowed
   * @param columns of the source
   * @param otherFolder where it is written if not
   */
  static async for(
    source: string,
    columns: readonly string[],
    dialect: CsvDialect,
    otherFolder: string,
  ): Promise<RejectedFile> {
    const folder = await access(dirname(source), constants.W_OK).then(
      () => dirname(source),
      () => otherFolder,
    );
    return new RejectedFile(source, folder, [...ADDED_COLUMNS, ...columns], dialect);
  }

  /** Null as long as there is no row. */
  get path(): string | null {
    return this.#path;
  }

  /** @throws ImportError when it can not be written */
  async add(line: number, reason: string, cells: readonly string[]): Promise<void> {
    const rows = (this.#rows ??= await this.#begin());
    const row = [String(line), ...[reason, ...cells].map(escapeFormulas)];
    if (!rows.write(row)) await Promise.race([once(rows, 'drain'), this.#written]);
  }

  /** @throws ImportError when it could not be written */
  async close(): Promise<void> {
    this.#rows?.end();
    await this.#written;
    const written = this.#path;
    if (written === null) {
      for (let number = 1; await exists(this.#nameOf(number)); number++) this.#leave(this.#nameOf(number));
      return;
    }
    for (const path of this.earlier) {
      const beginning = await beginsWith(written, path);
      if (beginning === 'no') continue;
      // What this run has written is all there, or takes the place of its own beginning.
      await (beginning === 'equal' ? rm(written) : rename(written, path));
      this.#path = path;
      this.earlier.splice(this.earlier.indexOf(path), 1);
      return;
    }
  }

  async #begin(): Promise<Stringifier> {
    const { dialect } = this;
    const path = (this.#path = await this.#create());
    const rows = stringify({
      delimiter: dialect.delimiter,
      record_delimiter: dialect.lineEnd,
      quoted: dialect.quoted,
      // Any line break, not only the delimiter of records; outer blanks, which are no part of an unquoted value.
      quoted_match: /[\r\n]|^\s|\s$/,
    });
    rows.setEncoding('utf8');
    this.#written = pipeline(rows, encoded(dialect), createWriteStream(path)).catch((error: Error) => {
      throw unwritable(path, error);
    });
    this.#written.catch(() => {}); // add and close tell it
    rows.on('error', () => {});
    rows.write(this.header.map(escapeFormulas));
    return rows;
  }

  /** Creates the file under the first name that is free. */
  async #create(): Promise<string> {
    for (let number = 1; ; number++) {
      const path = this.#nameOf(number);
      try {
        await (await open(path, 'wx')).close();
        return path;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(path, error as Error);
        this.#leave(path);
      }
    }
  }

  #leave(path: string): void {
    if (path !== this.source) this.earlier.push(path);
  }

  /** Rejected rows that are imported again, and rejected again, get the next number. */
  #nameOf(number: number): string {
    const name = basename(this.source).replace(/\.gz$/i, '');
    const first = name.replace(/\.rejected(?:\.\d+)?\.csv$/i, '');
    return join(this.folder, `${first}.rejected${number === 1 ? '' : `.${number}`}.csv`);
  }
}

function encoded({ encoding, hasMark, namesDelimiter, delimiter, lineEnd }: CsvDialect) {
  const encode = encoder(encoding);
  return async function* (texts: AsyncIterable<string>): AsyncGenerator<Buffer> {
    yield encode((hasMark ? '\uFEFF' : '') + (namesDelimiter ? `sep=${delimiter}${lineEnd}` : ''));
    for await (const text of texts) yield encode(text);
  };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function unwritable(path: string, error: Error): ImportError {
  return new ImportError(`The rejected rows can not be written to ${path}: ${error.message}.`);
}
