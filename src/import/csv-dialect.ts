import { ImportError } from './import-error.js';
import type { LineEnd } from './read-lines.js';
import type { Encoding } from './text-encoding.js';

/** The format of a CSV file. */
export interface CsvDialect {
  readonly encoding: Encoding;
  /** Whether the file begins with a byte order mark. */
  readonly hasMark: boolean;
  readonly lineEnd: LineEnd;
  readonly delimiter: string;
  /** Whether the first line is `sep=` and the delimiter, as Excel reads it. */
  readonly namesDelimiter: boolean;
  /** Whether every value is quoted. */
  readonly quoted: boolean;
}

const DELIMITER_NAMES: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'vertical bars',
};

export const isDelimiter = (text: string): boolean => Object.hasOwn(DELIMITER_NAMES, text);

/**
 * @param head the beginning of a file
 * @param options.quotes whether line breaks between quotes are part of a value
 */
export function lineEndOf(head: string, { quotes }: { quotes: boolean }): LineEnd {
  const text = quotes ? head.replaceAll(/"[^"]*"?/g, '') : head;
  if (text.includes('\r\n')) return '\r\n';
  return text.includes('\r') && !text.includes('\n') ? '\r' : '\n';
}

/**
 * @param head the beginning of a file
 * @returns the delimiter of a `sep=` line; null: the first line is the header
 * @throws ImportError for an unknown delimiter
 */
export function delimiterOf(path: string, head: string): string | null {
  const delimiter = /^"?sep=([^\r\n]?)"?[\r\n]/i.exec(head)?.[1];
  if (delimiter === undefined || isDelimiter(delimiter)) return delimiter ?? null;
  throw new ImportError(
    `${path} has the first line sep=${delimiter}: only a comma, a semicolon, a tab or | may separate columns.`,
  );
}

/** @returns the likely delimiter when the header is a single column that contains other delimiters; else null */
export function likelyDelimiter(
  header: readonly string[],
  delimiter: string,
): { delimiter: string; name: string } | null {
  const [onlyColumn = '', ...others] = header;
  if (others.length > 0) return null;
  const found = Object.entries(DELIMITER_NAMES)
    .filter(([other]) => other !== delimiter)
    .map(([other, name]) => ({ delimiter: other, name, times: onlyColumn.split(other).length - 1 }))
    .toSorted((a, b) => b.times - a.times)[0];
  return found && found.times > 0 ? found : null;
}

/** Whether all names in the header are quoted. */
export function isQuoted(head: string, header: readonly string[], delimiter: string): boolean {
  const quoted = header.map((name) => `"${name.replaceAll('"', '""')}"`).join(delimiter);
  return head.includes(quoted);
}
