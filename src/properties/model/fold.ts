import { dropIgnorable } from '../../text/visible.js';

/**
 * A text as it is compared: NFKC (`m²` is `m2`), without accents, case and characters that show nothing. Capitals make
 * `ß` `ss`. The result is NFD.
 */
export function fold(text: string): string {
  return (
    dropIgnorable(text)
      // Before normalisation, which makes letters of them: `Nº10` would be the one word `no10`.
      .replace(/[ºª]/g, ' ')
      .normalize('NFKD')
      // A degree sign may come out of it, such as that of `℃`.
      .replace(/°/g, ' ')
      // There and back: only the small letters of `ẞ` are `ss` as capitals.
      .toLowerCase()
      .toUpperCase()
      .normalize('NFD')
      .replace(/\p{M}+/gu, '')
      .toLowerCase()
      .replace(/ς/g, 'σ')
  );
}

/** @param length characters as the database counts them: code points */
export function cut(text: string, length: number): string {
  return text.length > length ? [...text].slice(0, length).join('') : text;
}
