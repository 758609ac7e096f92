// The one definition of which characters count. Default_Ignorable_Code_Point is Unicode's list of characters that show
// nothing: zero width space and joiners, soft hyphen, word joiner, byte order mark, variation selectors, fillers.
const IGNORABLE = /\p{Default_Ignorable_Code_Point}+/gu;
// A combining mark needs a letter to stand on. U+2800 is the braille cell without a dot.
const VISIBLE = /[^\s\p{Default_Ignorable_Code_Point}\p{M}\p{Cc}\u2800]/u;

/** Whether a text has no visible character. A blank text means "unknown", as the empty text does. */
export function isBlank(text: string): boolean {
  return !VISIBLE.test(text);
}

// Normalisation sorts such a run in quadratic time. Unicode's stream-safe format has the same limit.
const LONG_MARK_RUN = /\p{M}{31}/u;

/** Whether a text has more than 30 combining marks in a row. Such a text must not be normalised. */
export function hasLongMarkRun(text: string): boolean {
  return LONG_MARK_RUN.test(text);
}

/** For keys and comparisons only. A stored text keeps these characters: emoji and some scripts need them. */
export function dropIgnorable(text: string): string {
  return text.replace(IGNORABLE, '');
}
