import { dropIgnorable } from '../../text/visible.js';

// Normalisation sorts each run of combining marks, in quadratic time. A folded text has no marks, so they are removed before
// it. Normalisation turns the letters U+FF9E and U+FF9F into marks. U+0345 stays, because its capital is the letter iota; a
// run of only this mark needs no sorting.
const MARKS = /[[\p{M}\uFF9E\uFF9F]--\u0345]+/gv;

/**
 * Folds a text for comparison: compatibility characters are replaced (`m²` gives `m2`), accents, case and invisible
 * characters are removed, and `ß` gives `ss`. The result is in normal form NFD.
 */
export function fold(text: string): string {
  return (
    dropIgnorable(text)
      .replace(MARKS, '')
      // Before NFKD, which turns them into letters: `Nº10` would become the single word `no10`.
      .replace(/[ºª]/g, ' ')
      .normalize('NFKD')
      // After NFKD, which can produce a degree sign, for example from `℃`.
      .replace(/°/g, ' ')
      // Lower case first: `ẞ` gives `ß`, and only `ß` gives `SS` in upper case.
      .toLowerCase()
      .toUpperCase()
      .normalize('NFD')
      // Marks that normalisation split from letters such as `á`.
      .replace(/\p{M}+/gu, '')
      .toLowerCase()
      .replace(/ς/g, 'σ')
  );
}

/** The first `length` characters of a text. A character is a code point, as in the database. */
export function cut(text: string, length: number): string {
  return text.length > length ? [...text].slice(0, length).join('') : text;
}
