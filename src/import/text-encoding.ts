import { isUtf8 } from 'node:buffer';

/** Supported encodings, by their WHATWG names. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' | 'macintosh';

const DISPLAY_NAMES: Readonly<Record<Encoding, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16LE',
  'utf-16be': 'UTF-16BE',
  'windows-1252': 'Windows-1252 (Latin-1)',
  macintosh: 'Mac Roman',
};

export const nameOf = (encoding: Encoding): string => DISPLAY_NAMES[encoding];

/** @returns null for an unknown label; `latin1`, `iso-8859-1` and `cp1252` are labels of windows-1252 */
export function encodingOf(label: string): Encoding | null {
  try {
    const { encoding } = new TextDecoder(label);
    return Object.hasOwn(DISPLAY_NAMES, encoding) ? (encoding as Encoding) : null;
  } catch {
    return null;
  }
}

/** @param head the first bytes of a file */
export function encodingOfMark(head: Uint8Array): Encoding | null {
  const [first, second, third] = head;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : null;
}

/**
 * Guesses the encoding of a text without a byte order mark.
 * @returns null for plain ASCII, which all single-byte encodings share with UTF-8
 */
export function guessEncoding(block: Uint8Array): Encoding | null {
  const bytes = isUtf8(block) ? block : withoutCutCharacter(block);
  // Listings are mostly ASCII, so in UTF-16 almost every second byte is zero.
  const zeros = [0, 0];
  let [controls, letters] = [0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0) zeros[at % 2]!++;
    else if (byte >= 0xc0) letters++;
    else if (byte >= 0x80 && byte < 0xa0) controls++;
  }
  const [even = 0, odd = 0] = zeros;
  if (odd > bytes.length / 4 && odd > even * 8) return 'utf-16le';
  if (even > bytes.length / 4 && even > odd * 8) return 'utf-16be';
  if (isUtf8(bytes)) return controls + letters > 0 ? 'utf-8' : null;
  // Accented letters are 0xC0 and above in windows-1252, and mostly 0x80 to 0x9F in Mac Roman.
  return controls > letters ? 'macintosh' : 'windows-1252';
}

/** Removes an incomplete UTF-8 sequence at the end of a block. */
function withoutCutCharacter(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= 3 && back < bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return bytes.subarray(0, bytes.length - back);
  }
  return bytes;
}

/** A function that encodes text. Characters that the encoding lacks become question marks. */
export function encoder(encoding: Encoding): (text: string) => Buffer {
  if (encoding === 'utf-8') return (text) => Buffer.from(text);
  if (encoding === 'utf-16le') return (text) => Buffer.from(text, 'utf16le');
  if (encoding === 'utf-16be') return (text) => Buffer.from(text, 'utf16le').swap16();
  const characters = new TextDecoder(encoding).decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  const byteOf = new Map(Array.from(characters, (character, byte) => [character, byte]));
  return (text) => Buffer.from(Array.from(text, (character) => byteOf.get(character) ?? 0x3f));
}
