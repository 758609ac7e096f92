import { dropIgnorable } from '../text/visible.js';

// Normalisation sorts each run of combining marks, in quadratic time. A folded text has no marks, so they are removed before
// it. Normalisation turns the letters U+FF9E and U+FF9F into marks. U+0345 stays, because its capital is the letter iota; a
// run of only this mark needs no sorting.
const MARKS = /[[\p{M}\uFF9E\uFF9F]--\u0345]+/gv;

/**
 * A text as it is compared: NFKC (`m²` is `m2`), without accents, case and characters that show nothing. Capitals make
 * `ß` `ss`. The result is NFD.
 */
export function fold(text: string): string {
  return (
    dropIgnorable(text)
      .replace(MARKS, '')
      // Before normalisation, which makes letters of them: `Nº10` would be the one word `no10`.
      .replace(/[ºª]/g, ' ')
      .normalize('NFKD')
      // A degree sign may come out of it, such as that of `℃`.
      .replace(/°/g, ' ')
      // There and back: only the small letters of `ẞ` are `ss` as capitals.
      .toLowerCase()
      .toUpperCase()
      .normalize('NFD')
      // The marks that normalisation has split off from letters such as `á`.
      .replace(/\p{M}+/gu, '')
      .toLowerCase()
      .replace(/ς/g, 'σ')
  );
}

/** @param length characters as the database counts them: code points */
export function cut(text: string, length: number): string {
  return text.length > length ? [...text].slice(0, length).join('') : text;
}
