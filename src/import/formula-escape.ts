// A spreadsheet evaluates a cell that begins with one of these characters as a formula.
const FORMULA_START = /^'*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
const ESCAPED_FORMULA_START = /^'+[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;

// A spreadsheet in another locale may end a cell at another separator, so a formula may also begin after a separator.
// The lookahead for the sign comes before the lookbehind, so a long run of blanks is read once: linear time.
const INNER_FORMULA = /(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])(?<=[,;\t\r\n]["'\s]*)/g;
const ESCAPED_INNER = /'(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])(?<=[,;\t\r\n]["'\s]*)/g;

/** Puts an apostrophe before each sign that may start a formula. `unescapeFormulas` removes exactly these. */
export function escapeFormulas(cell: string): string {
  const inner = cell.replaceAll(INNER_FORMULA, "'");
  return FORMULA_START.test(inner) ? `'${inner}` : inner;
}

export function unescapeFormulas(cell: string): string {
  const inner = ESCAPED_FORMULA_START.test(cell) ? cell.slice(1) : cell;
  return inner.replaceAll(ESCAPED_INNER, '');
}
