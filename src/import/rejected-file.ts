import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { constants, createReadStream, createWriteStream, existsSync } from 'node:fs';
import { access, copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Stringifier, stringify } from 'csv-stringify';
import type { CsvDialect } from './csv-dialect.js';
import { ADDED_COLUMNS } from './csv-rows.js';
import { escapeFormulas } from './formula-escape.js';
import { ImportError } from './import-error.js';
import { encoder } from './text-encoding.js';

/**
 * The CSV file of the rejected rows, each with its line and the reason. It has the format of its source, so a user can
 * correct it and import it with the same mapping. During the import the rows go to a temporary file. At the end it is copied
 * to a free name beside the source. No existing file is changed, because a user may have edited it.
 */
export class RejectedFile {
  /** Files of earlier imports that were kept. Known after `keep`. */
  readonly earlier: string[] = [];
  /** Null before `keep`, and without rejected rows. */
  path: string | null = null;
  /** The temporary file, alone in its folder. */
  #written: string | null = null;
  /** A promise, because two rows can be the first. */
  #rows?: Promise<Stringifier>;
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

  /** @throws ImportError when the file cannot be written */
  async add(line: number, reason: string, cells: readonly string[]): Promise<void> {
    const rows = await (this.#rows ??= this.#begin());
    const row = [String(line), ...[reason, ...cells].map(escapeFormulas)];
    if (!rows.write(row)) await Promise.race([once(rows, 'drain'), this.#writing]);
  }

  /**
   * Creates the file, unless an earlier import created an equal one.
   * @throws ImportError when it cannot be written
   */
  async keep(): Promise<void> {
    try {
      (await this.#rows)?.end();
      await this.#writing;
      let number = 1;
      for (let path; existsSync((path = this.#nameOf(number))); number++) {
        if (path === this.source) continue;
        const isEqual =
          this.#written !== null && this.path === null && (await haveSameBytes(this.#written, path));
        if (isEqual) this.path = path;
        else this.earlier.push(path);
      }
      for (; this.#written !== null && this.path === null; number++)
        await this.#publish(this.#written, this.#nameOf(number));
    } finally {
      await this.#removeTemporary();
    }
  }

  /** For an import that was stopped: the next run rejects the same rows again. */
  async discard(): Promise<void> {
    const rows = await this.#rows?.catch(() => undefined);
    rows?.end();
    await this.#writing.catch(() => {}); // the file is not needed
    await this.#removeTemporary();
  }

  async #publish(written: string, path: string): Promise<void> {
    try {
      await copyFile(written, path, constants.COPYFILE_EXCL);
      this.path = path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(path, error as Error);
    }
  }

  async #removeTemporary(): Promise<void> {
    if (this.#written !== null) await rm(dirname(this.#written), { recursive: true, force: true });
  }

  async #begin(): Promise<Stringifier> {
    const { dialect } = this;
    const path = await this.#createTemporary();
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
    this.#writing.catch(() => {}); // `add` and `keep` report the error
    rows.on('error', () => {});
    rows.write(this.header.map(escapeFormulas));
    return rows;
  }

  async #createTemporary(): Promise<string> {
    try {
      // Fails here and not at the end of a long import.
      await access(this.folder, constants.W_OK);
      this.#written = join(await mkdtemp(join(tmpdir(), 'rejected-rows-')), 'rows.csv');
      return this.#written;
    } catch (error) {
      throw unwritable(this.#nameOf(1), error as Error);
    }
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

async function haveSameBytes(path: string, other: string): Promise<boolean> {
  try {
    const [stats, otherStats] = await Promise.all([stat(path), stat(other)]);
    if (!otherStats.isFile() || stats.size !== otherStats.size) return false;
    return (await digestOf(path)) === (await digestOf(other));
  } catch {
    return false; // the other file is not readable
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function unwritable(path: string, error: Error): ImportError {
  return new ImportError(`The rejected rows cannot be written to ${path}: ${error.message}.`);
}
