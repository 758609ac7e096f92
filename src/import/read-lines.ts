import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { checkHead, EncodingCheck } from './check-encoding.js';
import { ImportError } from './import-error.js';
import { type Encoding, encodingOfMark } from './text-encoding.js';

/** Maximum number of characters in a record, which may have several lines. */
export const MAX_RECORD_LENGTH = 1 << 20;

/** Size of the block at the beginning of a file from which encoding, delimiter and line breaks are detected. */
const HEAD_BYTES = 1 << 16;

/** Gzip data may unpack to this size at any ratio; beyond it, the ratio is limited. Listings have ratios of 4 to 20. */
const MAX_BYTES_AT_ANY_RATIO = 100 * 1024 * 1024;
const MAX_RATIO = 100;

export type LineEnd = '\n' | '\r\n' | '\r';

/** A text file, plain or gzip. It can be read once. */
export class TextFile {
  private constructor(
    readonly path: string,
    private readonly size: number,
    private readonly stream: ReadStream,
    private readonly headBytes: Buffer,
    private readonly rest: AsyncIterator<Buffer>,
    readonly encoding: Encoding,
    readonly hasMark: boolean,
  ) {}

  /**
   * @param encoding from the mapping; a byte order mark takes precedence
   * @throws ImportError when the file does not exist, or its first block is not text in the encoding
   */
  static async open(path: string, encoding?: Encoding): Promise<TextFile> {
    try {
      const { size } = await stat(path);
      const stream = createReadStream(path);
      const bytes = unpacked(path, stream);
      const { head, rest } = await readHead(bytes[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
      refuseOtherFormats(path, head);
      const mark = encodingOfMark(head);
      if (!mark) checkHead(path, head, encoding);
      return new TextFile(path, size, stream, head, rest, mark ?? encoding ?? 'utf-8', mark !== null);
    } catch (error) {
      throw unreadable(path, error);
    }
  }

  /** Fraction of the file that is read, from 0 to 1. */
  get fractionRead(): number {
    return this.size > 0 ? Math.min(this.stream.bytesRead / this.size, 1) : 1;
  }

  /** The first block, decoded without the byte order mark. */
  get head(): string {
    return new TextDecoder(this.encoding).decode(this.headBytes, { stream: true });
  }

  /**
   * The text in pieces, without the byte order mark. Invalid bytes become U+FFFD.
   * @throws ImportError when the file cannot be read, is cut off, or is not text in its encoding
   */
  async *pieces(): AsyncGenerator<string> {
    const decoder = new TextDecoder(this.encoding);
    const check = this.hasMark ? null : new EncodingCheck(this.path, this.encoding);
    try {
      for (let bytes: Buffer | undefined = this.headBytes; bytes; bytes = await next(this.rest)) {
        const text = decoder.decode(bytes, { stream: true });
        check?.take(bytes, text);
        yield text;
      }
      const text = decoder.decode();
      check?.take(Buffer.alloc(0), text);
      yield text;
    } catch (error) {
      throw unreadable(this.path, error);
    } finally {
      this.stream.destroy();
    }
  }

  /**
   * The lines without line breaks.
   * @param advice added to the error for a line that is too long
   * @throws ImportError as `pieces` does, and for a line that is too long
   */
  async *lines(end: LineEnd, advice = ''): AsyncGenerator<string> {
    const separator = end === '\r' ? '\r' : '\n';
    let rest = '';
    for await (const piece of this.pieces()) {
      const lines = (rest + piece).split(separator);
      rest = lines.pop() ?? '';
      yield* lines.map(withoutReturn);
      if (rest.length > MAX_RECORD_LENGTH) {
        throw new ImportError(
          `${this.path} has a line of more than ${MAX_RECORD_LENGTH} characters${advice}.`,
        );
      }
    }
    if (rest) yield withoutReturn(rest);
  }
}

async function next(iterator: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
  const { value, done } = await iterator.next();
  return done ? undefined : value;
}

/** An error after the first bytes is thrown later, by `rest`: the rows before the error are valid. */
async function readHead(
  bytes: AsyncIterator<Buffer>,
): Promise<{ head: Buffer; rest: AsyncIterator<Buffer> }> {
  const chunks: Buffer[] = [];
  let rest = bytes;
  try {
    for (let size = 0; size < HEAD_BYTES;) {
      const chunk = await next(bytes);
      if (!chunk) break;
      chunks.push(chunk);
      size += chunk.length;
    }
  } catch (error) {
    if (chunks.length === 0) throw error;
    rest = { next: () => Promise.reject(error) };
  }
  return { head: Buffer.concat(chunks), rest };
}

function unpacked(path: string, stream: ReadStream): Readable | AsyncGenerator<Buffer> {
  if (!/\.gz$/i.test(path)) return stream;
  // The pipeline forwards an error of the file to the gunzip stream.
  return withinRatio(
    path,
    stream,
    pipeline(stream, createGunzip(), () => {}),
  );
}

async function* withinRatio(path: string, stream: ReadStream, gunzip: Readable): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of gunzip as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES_AT_ANY_RATIO && size > stream.bytesRead * MAX_RATIO) {
      throw new ImportError(
        `${path} unpacks to more than ${MAX_RATIO} times its size, which is unusual for listings: ` +
          'if the file is right, unpack it with gunzip and import the unpacked file.',
      );
    }
    yield chunk;
  }
}

function refuseOtherFormats(path: string, head: Buffer): void {
  const begins = (...bytes: number[]): boolean => bytes.every((byte, at) => head[at] === byte);
  if (begins(0x1f, 0x8b)) {
    throw new ImportError(`${path} is packed with gzip: give it a name that ends in .gz.`);
  }
  if (begins(0x50, 0x4b, 3, 4) || begins(0xd0, 0xcf, 0x11, 0xe0)) {
    throw new ImportError(`${path} is an Excel workbook or a ZIP archive: save its sheet as "CSV UTF-8".`);
  }
  if (begins(0xff, 0xfe, 0, 0) || begins(0, 0, 0xfe, 0xff)) {
    throw new ImportError(`${path} is a text in UTF-32: save it as UTF-8.`);
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

const SENTENCE_BY_ERROR_CODE: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'cannot be read: permission denied',
  EISDIR: 'is a folder',
  Z_BUF_ERROR: 'is cut off in the middle of its gzip data',
  Z_DATA_ERROR: 'is not gzip, or its data are damaged',
};

function unreadable(path: string, error: unknown): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!code) return error;
  return new ImportError(`${path} ${SENTENCE_BY_ERROR_CODE[code] ?? `cannot be read: ${message}`}.`);
}
