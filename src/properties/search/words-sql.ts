import { sql } from 'kysely';
import { type Mark, searchedWord, WEIGHTS } from '../search-index/words.js';
import { all, type Sql } from './filter-sql.js';

/** That all words are in the text of a row `w` of `property_words`. */
export function hasWords(words: readonly string[]): Sql {
  return all([...new Set(words)].map((word) => has(searchedWord(word).fragments.w)));
}

const has = (fragment: string): Sql => sql`instr(w.words, ${fragment}) > 0`;

/** The relevance of a row `w` that has all words. */
export function relevance(words: readonly string[]): Sql {
  return sql.join(words.map(weightOf), sql` + `);
}

/** The weight of the best place where a row `w` has the word; 0 where it has not. */
export function weightOf(word: string): Sql {
  const { fragments } = searchedWord(word);
  const whens = Object.entries(WEIGHTS).map(
    ([mark, weight]) => sql`when ${has(fragments[mark as Mark])} then ${sql.lit(weight)}`,
  );
  return sql`(case ${sql.join(whens, sql` `)} else 0 end)`;
}

/** That the full text index has all words: all rows that hasWords() has, and maybe more. */
export function indexHasWords(words: readonly string[]): Sql {
  return matches([...new Set(words)].map((word) => `+${searchedWord(word).terms.w}`));
}

/** @param terms of SearchedWord: any of them, or with a `+` in front all of them */
export function matches(terms: readonly string[]): Sql {
  return sql`match(w.words) against (${terms.join(' ')} in boolean mode)`;
}
