// A spreadsheet runs a cell that begins with one of these as a formula.
const BEGINS_FORMULA = /^'*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
const ESCAPED_BEGIN = /^'+[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;

// A spreadsheet of another country takes another separator for the end of a cell: the text behind it is a cell, too.
// The sign is tested first and the run before it second, so that a long run is read once: linear time.
const INNER_FORMULA = /(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])(?<=[,;\t\r\n]["'\s]*)/g;
const ESCAPED_INNER = /'(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])(?<=[,;\t\r\n]["'\s]*)/g;

/** Puts an apostrophe before each sign that may begin a formula; `unescapeFormulas` takes exactly these off. */
export function escapeFormulas(cell: string): string {
  const inner = cell.replaceAll(INNER_FORMULA, "'");
  return BEGINS_FORMULA.test(inner) ? `'${inner}` : inner;
}

export function unescapeFormulas(cell: string): string {
  const inner = ESCAPED_BEGIN.test(cell) ? cell.slice(1) : cell;
  return inner.replaceAll(ESCAPED_INNER, '');
}
