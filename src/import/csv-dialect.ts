import { ImportError } from './import-error.js';
import type { LineEnd } from './read-lines.js';
import type { Encoding } from './text-encoding.js';

/** How a CSV file is written. */
export interface CsvDialect {
  readonly encoding: Encoding;
  /** Whether it begins with a byte order mark. */
  readonly hasMark: boolean;
  readonly lineEnd: LineEnd;
  readonly delimiter: string;
  /** Whether its first line is `sep=` and the delimiter, which is how Excel is told. */
  readonly namesDelimiter: boolean;
  /** Whether every value stands in quotes. */
  readonly quoted: boolean;
}

const DELIMITERS: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabulators',
  '|': 'vertical bars',
};

export const isDelimiter = (text: string): boolean => Object.hasOwn(DELIMITERS, text);

/**
 * @param head the beginning of a file
 * @param options whether line ends between quotes belong to a value
 */
export function lineEndOf(head: string, { quotes }: { quotes: boolean }): LineEnd {
  const text = quotes ? head.replaceAll(/"[^"]*"?/g, '') : head;
  if (text.includes('\r\n')) return '\r\n';
  return text.includes('\r') && !text.includes('\n') ? '\r' : '\n';
}

/**
 * @param head the beginning of a file
 * @returns what the first line names as the delimiter; null: the first line is the header
 * @throws ImportError for a delimiter that is not known
 */
export function delimiterOf(path: string, head: string): string | null {
  const delimiter = /^"?sep=([^\r\n]?)"?[\r\n]/i.exec(head)?.[1];
  if (delimiter === undefined || isDelimiter(delimiter)) return delimiter ?? null;
  throw new ImportError(
    `${path} has the first line sep=${delimiter}: only a comma, a semicolon, a tabulator or | may separate columns.`,
  );
}

/** @returns the delimiter that the file has instead, where the header is one column with another delimiter in it */
export function otherDelimiterIn(
  header: readonly string[],
  delimiter: string,
): { delimiter: string; name: string } | null {
  const [only = '', ...others] = header;
  if (others.length > 0) return null;
  const found = Object.entries(DELIMITERS)
    .filter(([other]) => other !== delimiter)
    .map(([other, name]) => ({ delimiter: other, name, times: only.split(other).length - 1 }))
    .toSorted((a, b) => b.times - a.times)[0];
  return found && found.times > 0 ? found : null;
}

/** Whether all names of the header stand in quotes. */
export function isQuoted(head: string, header: readonly string[], delimiter: string): boolean {
  const quoted = header.map((name) => `"${name.replaceAll('"', '""')}"`).join(delimiter);
  return head.includes(quoted);
}
