import { ImportError } from './import-error.js';
import { MAX_RECORD_LENGTH, type TextFile } from './read-lines.js';

export interface JsonText {
  /** Number of its first line, from 1. */
  readonly line: number;
  readonly text: string;
}

/** Advice in errors about JSON that is neither an array nor NDJSON. */
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

/**
 * Reads the texts of the elements of a JSON array from a stream, one by one. The elements are not parsed.
 * @throws ImportError for an incomplete array, text after the array, or a too long element
 */
export async function* arrayElements(file: TextFile): AsyncGenerator<JsonText> {
  const splitter = new ElementSplitter();
  for await (const piece of file.pieces()) {
    yield* splitter.take(piece);
    if (splitter.pendingLength > MAX_RECORD_LENGTH) {
      throw new ImportError(
        `${file.path} has an element of more than ${MAX_RECORD_LENGTH} characters before line ${splitter.line}.`,
      );
    }
    if (splitter.moreInLine !== null) {
      throw new ImportError(
        `${file.path} continues in line ${splitter.moreInLine} after the end of its array: ${WHAT_TO_DO}.`,
      );
    }
  }
  if (!splitter.ended) throw new ImportError(`${file.path} is cut off in the middle of its JSON array.`);
}

/** Characters with a meaning outside of strings, and inside. */
const OUTSIDE = /["[\]{},\n]|[^\s"[\]{},]+/g;
const INSIDE = /["\\\n]/g;

class ElementSplitter {
  line = 1;
  ended = false;
  /** The line of the first text after the end of the array. */
  moreInLine: number | null = null;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #startLine: number | null = null;
  #pieces: string[] = [];
  pendingLength = 0;

  /** Reads the next piece of the file and yields the elements that end in it. */
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
      else if (this.#inString) this.#readStringMark(mark);
      else if (this.#isBoundary(mark)) {
        const element = this.#end(piece.slice(from, found.index));
        if (element) yield element;
        from = at;
      } else this.#readElementMark(mark);
    }
    if (this.#startLine !== null) this.#keep(piece.slice(from));
  }

  #readStringMark(mark: string): void {
    if (mark === '\\') this.#escaped = true;
    else this.#inString = false;
  }

  /** Whether the mark is a bracket of the outer array or a comma between its elements. */
  #isBoundary(mark: string): boolean {
    if (this.ended) return false;
    if (mark === '[') return this.#depth++ === 0;
    if (mark === ',') return this.#depth === 1;
    if (mark !== ']' || this.#depth !== 1) return false;
    this.#depth = 0;
    this.ended = true;
    return true;
  }

  #readElementMark(mark: string): void {
    if (this.ended) this.moreInLine ??= this.line;
    this.#startLine ??= this.line;
    if (mark === '"') this.#inString = true;
    else if (mark === '{') this.#depth++;
    else if (mark === '}' || mark === ']') this.#depth--;
  }

  #keep(piece: string): void {
    this.#pieces.push(piece);
    this.pendingLength += piece.length;
  }

  #end(piece: string): JsonText | null {
    if (this.#startLine === null) return null;
    this.#keep(piece);
    const element = { line: this.#startLine, text: this.#pieces.join('').trim() };
    this.#pieces = [];
    this.pendingLength = 0;
    this.#startLine = null;
    return element;
  }
}
