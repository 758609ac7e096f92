import { ImportError } from './import-error.js';
import { MAX_RECORD_LENGTH, type TextFile } from './read-lines.js';

export interface JsonText {
  /** Of its beginning, from 1. */
  readonly line: number;
  readonly text: string;
}

/** What to do about JSON that is neither a list nor NDJSON. */
export const WHAT_TO_DO = 'put the list itself ([…]) or one object a line into the file';

/**
 * @param head the first block of the file
 * @param columns that a record can have
 * @throws ImportError when the file begins with an object over several lines, or is one object around the list
 */
export function refuseOtherShapes(path: string, head: string, columns: readonly string[]): void {
  const [first = '', second] = head.split(/[\r\n]+/).filter((line) => line.trim());
  if (!first.trimStart().startsWith('{')) return;
  const object = parseObject(first);
  if (!object) {
    // In NDJSON with a damaged first line, the next object begins in the next line.
    if (second === undefined || second.trimStart().startsWith('{')) return;
    throw new ImportError(`${path} has a JSON object over several lines: ${WHAT_TO_DO}.`);
  }
  const hasList = Object.values(object).some((value) => Array.isArray(value) && value.every(isObject));
  if (second === undefined && hasList && !columns.some((name) => Object.hasOwn(object, name)))
    throw new ImportError(`${path} has its list inside an object: ${WHAT_TO_DO}.`);
}

/** @returns null for a text that is not a JSON object */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : null;
  } catch {
    return null;
  }
}

function isObject(json: unknown): json is Record<string, unknown> {
  return Object(json) === json && !Array.isArray(json);
}

/** The elements of a JSON array, cut out of the stream one by one; whether each is an object is not looked at. */
export async function* arrayElements(file: TextFile): AsyncGenerator<JsonText> {
  const cutter = new ElementCutter();
  for await (const piece of file.pieces()) {
    yield* cutter.take(piece);
    if (cutter.pendingLength > MAX_RECORD_LENGTH) {
      throw new ImportError(
        `${file.path} has an element of more than ${MAX_RECORD_LENGTH} characters before line ${cutter.line}.`,
      );
    }
    if (cutter.moreInLine !== null) {
      throw new ImportError(
        `${file.path} goes on in line ${cutter.moreInLine} behind the end of its array: ${WHAT_TO_DO}.`,
      );
    }
  }
  if (!cutter.ended) throw new ImportError(`${file.path} is cut off in the middle of its JSON array.`);
}

/** The characters that matter outside of strings, and inside. */
const OUTSIDE = /["[\]{},\n]|[^\s"[\]{},]+/g;
const INSIDE = /["\\\n]/g;

class ElementCutter {
  line = 1;
  ended = false;
  /** The line of the first text behind the end of the array. */
  moreInLine: number | null = null;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #started: number | null = null;
  #parts: string[] = [];
  pendingLength = 0;

  /** Takes the next piece of the file; gives the elements that end in it. */
  *take(piece: string): Generator<JsonText> {
    let from = 0;
    let at = 0;
    while (at < piece.length) {
      if (this.#escaped) {
        this.#escaped = false;
        at++;
        continue;
      }
      const pattern = this.#inString ? INSIDE : OUTSIDE;
      pattern.lastIndex = at;
      const found = pattern.exec(piece);
      if (!found) break;
      const [mark] = found;
      at = found.index + mark.length;
      if (mark === '\n') this.line++;
      else if (this.#inString) this.#passString(mark);
      else if (this.#isBorder(mark)) {
        const element = this.#end(piece.slice(from, found.index));
        if (element) yield element;
        from = at;
      } else this.#pass(mark);
    }
    if (this.#started !== null) this.#keep(piece.slice(from));
  }

  #passString(mark: string): void {
    if (mark === '\\') this.#escaped = true;
    else this.#inString = false;
  }

  /** Whether the mark separates elements: the array's own brackets and the commas between. */
  #isBorder(mark: string): boolean {
    if (this.ended) return false;
    if (mark === '[') return this.#depth++ === 0;
    if (mark === ',') return this.#depth === 1;
    if (mark !== ']' || this.#depth !== 1) return false;
    this.#depth = 0;
    this.ended = true;
    return true;
  }

  #pass(mark: string): void {
    if (this.ended) this.moreInLine ??= this.line;
    this.#started ??= this.line;
    if (mark === '"') this.#inString = true;
    else if (mark === '{') this.#depth++;
    else if (mark === '}' || mark === ']') this.#depth--;
  }

  #keep(part: string): void {
    this.#parts.push(part);
    this.pendingLength += part.length;
  }

  #end(part: string): JsonText | null {
    if (this.#started === null) return null;
    this.#keep(part);
    const element = { line: this.#started, text: this.#parts.join('').trim() };
    this.#parts = [];
    this.pendingLength = 0;
    this.#started = null;
    return element;
  }
}
