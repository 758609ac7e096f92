import { ImportError } from './import-error.js';
import { type Encoding, guessEncoding, nameOf } from './text-encoding.js';

/**
 * Checks the first block of a file without a byte order mark.
 * @param given by the map
 * @throws ImportError for bytes that are not text, and for UTF-16 that the map does not name or names wrongly
 */
export function checkHead(path: string, head: Buffer, given: Encoding | undefined): void {
  const guess = guessEncoding(head);
  const wide = isWide(guess);
  if (!wide && isBinary(head)) throw new ImportError(`${path} is not a text file.`);
  if (!given) {
    if (wide) throw notUtf8(path, guess);
  } else if (head.length > 0 && (wide || isWide(given)) && guess !== given) {
    throw notAsGiven(path, guess, given);
  }
}

/** Checks the bytes of a file without a byte order mark, piece by piece, against its encoding. */
export class EncodingCheck {
  /** Characters that could not be decoded and, roughly, characters beyond ASCII that could. */
  #damaged = 0;
  #beyondAscii = 0;

  constructor(
    private readonly path: string,
    /** The one that the map gives, or UTF-8. */
    private readonly encoding: Encoding,
  ) {}

  /**
   * @param text that the bytes were decoded to
   * @throws ImportError when the file has another encoding
   */
  take(bytes: Buffer, text: string): void {
    if (this.encoding === 'utf-8') this.#refuseDamage(bytes, text);
    else if (!isWide(this.encoding)) this.#refuseUtf8(bytes);
  }

  /** One damaged character rejects its row. More damaged characters than whole ones mean another encoding. */
  #refuseDamage(bytes: Buffer, text: string): void {
    if (!text.includes('\uFFFD')) {
      // In a piece that is ASCII but for an incomplete character at its end, nothing beyond ASCII is decoded yet.
      if (text.length < bytes.length && /[^\0-\x7F]/.test(text))
        this.#beyondAscii += bytes.length - text.length;
      return;
    }
    this.#beyondAscii += text.match(/[^\0-\x7F\uFFFD]/g)?.length ?? 0;
    // A program that lost characters earlier has written U+FFFD itself, in whole UTF-8.
    this.#damaged += count(text, '\uFFFD') - count(bytes, '\uFFFD');
    if (this.#damaged > this.#beyondAscii) throw notUtf8(this.path, guessEncoding(bytes));
  }

  /** Every byte is a character of a single-byte encoding. The first piece beyond ASCII shows whether it is UTF-8. */
  #refuseUtf8(bytes: Buffer): void {
    if (this.#beyondAscii > 0) return;
    const guess = guessEncoding(bytes);
    if (guess === 'utf-8') throw notAsGiven(this.path, guess, this.encoding);
    if (guess) this.#beyondAscii++;
  }
}

function notUtf8(path: string, guess: Encoding | null): ImportError {
  const likely = guess === null || guess === 'utf-8' ? 'windows-1252' : guess;
  const advice = `write "encoding": "${likely}" in the map, or save the file as UTF-8`;
  return new ImportError(`${path} looks like ${nameOf(likely)}, not UTF-8: ${advice}.`);
}

function notAsGiven(path: string, guess: Encoding | null, given: Encoding): ImportError {
  const likely = guess ?? 'utf-8';
  const right = likely === 'utf-8' ? 'leave "encoding" out' : `write "encoding": "${likely}"`;
  const found = `${path} looks like ${nameOf(likely)}, but the map says ${nameOf(given)}`;
  return new ImportError(`${found}: ${right} in the map.`);
}

function isWide(encoding: Encoding | null): encoding is 'utf-16le' | 'utf-16be' {
  return encoding === 'utf-16le' || encoding === 'utf-16be';
}

function isBinary(bytes: Uint8Array): boolean {
  let controls = 0;
  for (const byte of bytes) if (byte < 9 || (byte > 13 && byte < 32) || byte === 127) controls++;
  return controls > bytes.length / 10;
}

function count(text: string | Buffer, part: string): number {
  let times = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) times++;
  return times;
}
