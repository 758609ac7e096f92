import { type Kysely, sql } from 'kysely';
import type { Tables } from '../model/kysely-tables.js';
import type { Sql } from './filter-sql.js';
import { hasWords, matchesWords } from './words-sql.js';

// Newest rows that tell how common a word is.
const SAMPLE_ROWS = 2_000;
// A word is common when at least so many rows of the sample contain it. The full-text index reads every row that contains it.
const COMMON_WORD_ROWS = 20;

/** How to look up the words of a search. */
export interface FulltextStrategy {
  /** Full-text condition on the rare words, or on all words when none is rare. Check the other words in the text. */
  readonly match: Sql;
  /** No word is rare: reading all properties in order costs no more than the full-text index. */
  readonly areAllCommon: boolean;
}

/** Samples the newest properties to find the rare words. One statement. */
export async function chooseFulltextStrategy(
  db: Kysely<Tables>,
  words: readonly string[],
): Promise<FulltextStrategy> {
  const distinct = [...new Set(words)];
  const counts = distinct.map((word, i) => sql`sum(${hasWords([word])}) as ${sql.id(`n${i}`)}`);
  // The highest ids lie side by side: they are read about twenty times as fast as scattered rows.
  const { rows } = await sql<Record<string, number | null>>`
    select ${sql.join(counts)} from (
      select words from property_words order by property_id desc limit ${SAMPLE_ROWS}
    ) w`.execute(db);
  const rare = distinct.filter((_, i) => (rows[0]?.[`n${i}`] ?? 0) < COMMON_WORD_ROWS);
  return { match: matchesWords(rare.length > 0 ? rare : distinct), areAllCommon: rare.length === 0 };
}
