import { fold } from '../model/fold.js';

// The word rules of the contract: a word is a run of letters or digits of the folded text. Whoever changes them, here or in
// fold(), raises SEARCH_RULES.

/** What `relevance` gives a word by the best place that has it: p, city or neighbourhood; a, address; else w. */
export const WEIGHTS = { p: 4, a: 2, w: 1 } as const;
export type Mark = keyof typeof WEIGHTS;

// The server's full text index leaves out longer tokens; letters beyond make no difference.
const MAX_TOKEN = 80;
const PREFIX_FROM = 3;

/** The words of a text, folded, in their order, repeats included. */
export function splitWords(text: string): string[] {
  return fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

export function hasWord(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(fold(text));
}

export interface Texts {
  readonly city: string;
  readonly neighbourhood: string | null;
  readonly address: string;
  readonly description: string | null;
}

/**
 * All words of a home as one text, each once, ` w_bogota w_calle w_23 w_piscina p_bogota a_calle a_23 `: marked `w`, and
 * again `p` or `a` when the place that weighs most is the city or neighbourhood, or the address. With a mark no word is
 * one of the server's stop words or shorter than its shortest; ASCII only, so that its idea of a letter does not matter.
 */
export function wordsOf({ city, neighbourhood, address, description }: Texts): string {
  const places = new Set(splitWords(`${city} ${neighbourhood ?? ''}`));
  const addresses = splitWords(address).filter((word) => !places.has(word));
  const tokens = [
    ...[...places, ...addresses, ...splitWords(description ?? '')].map((word) => tokenOf('w', word)),
    ...[...places].map((word) => tokenOf('p', word)),
    ...addresses.map((word) => tokenOf('a', word)),
  ];
  return ` ${[...new Set(tokens)].join(' ')} `;
}

/** A word that is searched, with each mark. */
export interface SearchedWord {
  /** What to look for inside the text. */
  readonly fragments: Readonly<Record<Mark, string>>;
  /** What to ask the full text index for, in its boolean mode; may find more, where letters are not ASCII. */
  readonly terms: Readonly<Record<Mark, string>>;
}

/** @param word of splitWords(): with three letters or more the beginning of a word, else a whole one */
export function searchedWord(word: string): SearchedWord {
  const asPrefix = [...word].length >= PREFIX_FROM;
  const each = (build: (token: string) => string) =>
    ({ p: build(tokenOf('p', word)), a: build(tokenOf('a', word)), w: build(tokenOf('w', word)) }) as const;
  return {
    fragments: each((token) => (asPrefix ? ` ${token}` : ` ${token} `)),
    terms: each((token) => (asPrefix ? `${token}*` : token)),
  };
}

function tokenOf(mark: Mark, word: string): string {
  const ascii = word.replace(/[^a-z0-9]/gu, (letter) => `_${letter.codePointAt(0)?.toString(16)}_`);
  return `${mark}_${ascii}`.slice(0, MAX_TOKEN);
}
