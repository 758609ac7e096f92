import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ImportError } from './import-error.js';

/** No line, and no record of several lines, has more characters: what is longer is no file of listings. */
export const MAX_RECORD_LENGTH = 1 << 20;

/** A text file, packed or not, that is read once from its beginning to its end. */
export class TextFile {
  #stream?: ReadStream;

  private constructor(
    readonly path: string,
    readonly size: number,
  ) {}

  /** @throws ImportError when there is no such file */
  static async open(path: string): Promise<TextFile> {
    try {
      return new TextFile(path, (await stat(path)).size);
    } catch (error) {
      throw unreadable(path, error);
    }
  }

  /** How much of it has been read, from 0 to 1. */
  get fractionRead(): number {
    return this.size > 0 ? Math.min((this.#stream?.bytesRead ?? 0) / this.size, 1) : 1;
  }

  /**
   * Its lines without their ends. What is not UTF-8 becomes U+FFFD.
   * @throws ImportError when it can not be read, is cut off, or is no text
   */
  async *lines(): AsyncGenerator<string> {
    const decoder = new TextDecoder(); // drops a byte order mark
    let rest = '';
    let begun = false;
    try {
      for await (const chunk of this.#bytes()) {
        const text = decoder.decode(chunk as Buffer, { stream: true });
        if (!begun && isBinary(text)) throw new ImportError(`${this.path} is not a text file in UTF-8.`);
        begun = true;
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        yield* lines.map(withoutReturn);
        if (rest.length > MAX_RECORD_LENGTH) {
          throw new ImportError(`${this.path} has a line of more than ${MAX_RECORD_LENGTH} characters.`);
        }
      }
    } catch (error) {
      throw unreadable(this.path, error);
    }
    rest += decoder.decode();
    if (rest) yield withoutReturn(rest);
  }

  #bytes(): Readable {
    this.#stream = createReadStream(this.path);
    if (!/\.gz$/i.test(this.path)) return this.#stream;
    // An error of the first reaches the reader by the second.
    return pipeline(this.#stream, createGunzip(), () => {});
  }
}

// One damaged row is a row to reject; a file that is full of such characters is another kind of file.
function isBinary(text: string): boolean {
  return (text.match(/[^\P{Cc}\s]|\uFFFD/gu)?.length ?? 0) > text.length / 10;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by you',
  EISDIR: 'is a folder',
  Z_BUF_ERROR: 'is cut off in the middle of its gzip data',
  Z_DATA_ERROR: 'is not gzip, or its data are damaged',
};

function unreadable(path: string, error: unknown): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!code) return error;
  return new ImportError(`${path} ${SENTENCES[code] ?? `can not be read: ${message}`}.`);
}
