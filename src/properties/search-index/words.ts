import { fold } from '../model/fold.js';

// The word rules of the API: a word is a run of letters or digits of the folded text. Raise SEARCH_RULES when you change a
// rule here or in fold().

/** The relevance of a word, by where it stands: `p` city or neighbourhood, `a` address, `w` anywhere. The highest one counts. */
export const WEIGHTS = { p: 4, a: 2, w: 1 } as const;
export type Mark = keyof typeof WEIGHTS;

// The full-text index omits tokens of more than 84 characters. Words are compared by their first characters.
const MAX_TOKEN_CHARACTERS = 80;
// Shorter searched words must be whole words.
const MIN_PREFIX_CHARACTERS = 3;

/** The folded words of a text, in their order, repeats included. */
export function splitWords(text: string): string[] {
  return fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Whether `splitWords(text)` has a word. */
export function hasWord(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(fold(text));
}

/** The texts of a property that a search for words looks at. */
export interface PropertyTexts {
  readonly city: string;
  readonly neighbourhood: string | null;
  readonly address: string;
  readonly description: string | null;
}

/**
 * All words of a property as one text of unique tokens, such as ` w_bogota w_calle w_23 w_piscina p_bogota a_calle a_23 `.
 * Every word has a token with the mark `w`. A word of the city or neighbourhood also has one with `p`; any other word of the
 * address also has one with `a`. Because of the marks, no token is a stop word of the server or too short for its full-text
 * index. Tokens are ASCII, so the server's own rules about letters do not apply.
 */
export function wordsOf({ city, neighbourhood, address, description }: PropertyTexts): string {
  const placeWords = new Set(splitWords(`${city} ${neighbourhood ?? ''}`));
  const addressWords = splitWords(address).filter((word) => !placeWords.has(word));
  const tokens = [
    ...[...placeWords, ...addressWords, ...splitWords(description ?? '')].map((word) => tokenOf('w', word)),
    ...[...placeWords].map((word) => tokenOf('p', word)),
    ...addressWords.map((word) => tokenOf('a', word)),
  ];
  return ` ${[...new Set(tokens)].join(' ')} `;
}

/** How to find a searched word, for each mark. */
export interface SearchedWord {
  /** The text to look for inside `property_words.words`. */
  readonly fragments: Readonly<Record<Mark, string>>;
  /** The term for the full-text index, in boolean mode. For words that are not ASCII it may find more properties. */
  readonly terms: Readonly<Record<Mark, string>>;
}

/** @param word of `splitWords()`; three characters or more are the beginning of a word, fewer are a whole word */
export function searchedWord(word: string): SearchedWord {
  const asPrefix = [...word].length >= MIN_PREFIX_CHARACTERS;
  const forEachMark = (build: (token: string) => string) =>
    ({ p: build(tokenOf('p', word)), a: build(tokenOf('a', word)), w: build(tokenOf('w', word)) }) as const;
  return {
    fragments: forEachMark((token) => (asPrefix ? ` ${token}` : ` ${token} `)),
    terms: forEachMark((token) => (asPrefix ? `${token}*` : token)),
  };
}

function tokenOf(mark: Mark, word: string): string {
  const ascii = word.replace(/[^a-z0-9]/gu, (character) => `_${character.codePointAt(0)?.toString(16)}_`);
  return `${mark}_${ascii}`.slice(0, MAX_TOKEN_CHARACTERS);
}
