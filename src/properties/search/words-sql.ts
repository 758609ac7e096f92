import { sql } from 'kysely';
import { type Mark, searchedWord, WEIGHTS } from '../search-index/words.js';
import { all, type Sql } from './filter-sql.js';

/** Condition: the text of a row `w` of `property_words` contains all words. */
export function hasWords(words: readonly string[]): Sql {
  return all([...new Set(words)].map((word) => contains(searchedWord(word).fragments.w)));
}

const contains = (fragment: string): Sql => sql`instr(w.words, ${fragment}) > 0`;

/** The relevance of a row `w`: the sum of the weights of the words, repeats included. */
export function relevanceOf(words: readonly string[]): Sql {
  return sql.join(words.map(weightOf), sql` + `);
}

/** The weight of the word in a row `w`: the highest of the places that contain it, 0 when none does. */
export function weightOf(word: string): Sql {
  const { fragments } = searchedWord(word);
  const whens = Object.entries(WEIGHTS).map(
    ([mark, weight]) => sql`when ${contains(fragments[mark as Mark])} then ${sql.lit(weight)}`,
  );
  return sql`(case ${sql.join(whens, sql` `)} else 0 end)`;
}

/** Full-text condition: all words. Finds every row that `hasWords()` accepts, and possibly more. */
export function matchesWords(words: readonly string[]): Sql {
  return matchesTerms([...new Set(words)].map((word) => `+${searchedWord(word).terms.w}`));
}

/**
 * Full-text condition.
 * @param terms of `SearchedWord`: a row must contain one of them, or all of them when each has the prefix `+`
 */
export function matchesTerms(terms: readonly string[]): Sql {
  return sql`match(w.words) against (${terms.join(' ')} in boolean mode)`;
}
