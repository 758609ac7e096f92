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
 * The CSV file of the rejected rows, each with its line and the reason. It is created with the first rejected row. It has
 * the format of its source, so a user can correct it and import it with the same mapping. A file of an earlier import may
 * contain corrections: it is replaced only when the new file begins with its whole content.
 */
export class RejectedFile {
  /** Files of earlier imports that were kept. */
  readonly earlier: string[] = [];
  #path: string | null = null;
  #rows?: Stringifier;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly source: string,
    private readonly folder: string,
    private readonly header: readonly string[],
    private readonly dialect: CsvDialect,
  ) {}

  /**
   * @param source the imported file; the rejected rows are written to its folder if that is writable
   * @param columns of the source
   * @param fallbackFolder used if that folder is not writable
   */
  static async for(
    source: string,
    columns: readonly string[],
    dialect: CsvDialect,
    fallbackFolder: string,
  ): Promise<RejectedFile> {
    const folder = await access(dirname(source), constants.W_OK).then(
      () => dirname(source),
      () => fallbackFolder,
    );
    return new RejectedFile(source, folder, [...ADDED_COLUMNS, ...columns], dialect);
  }

  /** Null until a row is added. */
  get path(): string | null {
    return this.#path;
  }

  /** @throws ImportError when the file cannot be written */
  async add(line: number, reason: string, cells: readonly string[]): Promise<void> {
    const rows = (this.#rows ??= await this.#begin());
    const row = [String(line), ...[reason, ...cells].map(escapeFormulas)];
    if (!rows.write(row)) await Promise.race([once(rows, 'drain'), this.#writing]);
  }

  /** @throws ImportError when the file could not be written */
  async close(): Promise<void> {
    this.#rows?.end();
    await this.#writing;
    const newPath = this.#path;
    if (newPath === null) {
      for (let number = 1; await exists(this.#nameOf(number)); number++)
        this.#keepEarlier(this.#nameOf(number));
      return;
    }
    for (const path of this.earlier) {
      const beginning = await beginsWith(newPath, path);
      if (beginning === 'no') continue;
      // 'equal': the new file is not needed. 'longer': the new file replaces the earlier one.
      await (beginning === 'equal' ? rm(newPath) : rename(newPath, path));
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
      // Quotes values with any line break, and with outer blanks, which an unquoted value would lose.
      quoted_match: /[\r\n]|^\s|\s$/,
    });
    rows.setEncoding('utf8');
    this.#writing = pipeline(rows, encoded(dialect), createWriteStream(path)).catch((error: Error) => {
      throw unwritable(path, error);
    });
    this.#writing.catch(() => {}); // `add` and `close` report the error
    rows.on('error', () => {});
    rows.write(this.header.map(escapeFormulas));
    return rows;
  }

  /** Creates the file under the first free name. */
  async #create(): Promise<string> {
    for (let number = 1; ; number++) {
      const path = this.#nameOf(number);
      try {
        await (await open(path, 'wx')).close();
        return path;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(path, error as Error);
        this.#keepEarlier(path);
      }
    }
  }

  #keepEarlier(path: string): void {
    if (path !== this.source) this.earlier.push(path);
  }

  /** `FILE.rejected.csv`, `FILE.rejected.2.csv`, …; for a source that has such a name, the next number. */
  #nameOf(number: number): string {
    const name = basename(this.source).replace(/\.gz$/i, '');
    const base = name.replace(/\.rejected(?:\.\d+)?\.csv$/i, '');
    return join(this.folder, `${base}.rejected${number === 1 ? '' : `.${number}`}.csv`);
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
  return new ImportError(`The rejected rows cannot be written to ${path}: ${error.message}.`);
}
