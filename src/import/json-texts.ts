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
    if (splitter.pending.length > MAX_RECORD_LENGTH) {
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

/** A complete string, a character with a meaning, or other text. A lone quote begins a string that is not complete yet. */
const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*"|["[\]{},\n]|[^\s"[\]{},]+/g;

class ElementSplitter {
  line = 1;
  ended = false;
  /** The line of the first text after the end of the array. */
  moreInLine: number | null = null;
  /** The beginning of an element that is not complete yet. */
  pending = '';
  readonly #token = new RegExp(TOKEN);
  #depth = 0;
  #startLine: number | null = null;

  /** Reads the next piece of the file and yields the elements that end in it. */
  *take(piece: string): Generator<JsonText> {
    const text = this.pending + piece;
    let elementAt = 0;
    let unreadAt = text.length;
    for (let found; (found = this.#token.exec(text));) {
      const [token] = found;
      const isBoundary = this.#isBoundary(token);
      if (isBoundary) {
        if (this.#startLine !== null)
          yield { line: this.#startLine, text: text.slice(elementAt, found.index).trim() };
        this.#startLine = null;
        elementAt = this.#token.lastIndex;
      } else if (token !== '\n') {
        this.#startLine ??= this.line;
        if (this.ended) this.moreInLine ??= this.line;
      }
      if (token === '"') {
        unreadAt = found.index;
        break;
      }
      if (token.includes('\n')) this.line += token.split('\n').length - 1;
      if (token === '[' || token === '{') this.#depth++;
      if (token === ']' || token === '}') this.#depth--;
      if (token === ']' && isBoundary) this.ended = true;
    }
    this.pending = this.#startLine === null ? '' : text.slice(elementAt);
    this.#token.lastIndex = this.#startLine === null ? 0 : unreadAt - elementAt;
  }

  /** Whether the token is a bracket of the outer array or a comma between its elements. */
  #isBoundary(token: string): boolean {
    if (this.ended) return false;
    return token === '[' ? this.#depth === 0 : this.#depth === 1 && (token === ',' || token === ']');
  }
}
