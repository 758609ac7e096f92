import { type Kysely, sql } from 'kysely';
import type { Tables } from '../model/kysely-tables.js';
import type { Sql } from './filter-sql.js';
import { hasWords, indexHasWords } from './words-sql.js';

const SAMPLE = 2_000;
// A word that so many of the sample have is dear to look up: the full text index reads all homes that have it.
const COMMON = 20;

/** How a search for words is best looked up. */
export interface FulltextStrategy {
  /** What the full text index is asked for; the other words are looked for in the texts that it leads to. */
  readonly match: Sql;
  /** Whether that reads so many homes that reading all of them in order costs no more. */
  readonly isCommon: boolean;
}

/** Learns from the youngest homes which of the words are rare. */
export async function chooseFulltextStrategy(
  db: Kysely<Tables>,
  words: readonly string[],
): Promise<FulltextStrategy> {
  const different = [...new Set(words)];
  const counts = different.map((word, i) => sql`sum(${hasWords([word])}) as ${sql.id(`n${i}`)}`);
  // In the order of the key: texts that lie side by side are read twenty times as fast as scattered ones.
  const { rows } = await sql<Record<string, unknown>>`
    select ${sql.join(counts)} from (
      select words from property_words order by property_id desc limit ${SAMPLE}
    ) w`.execute(db);
  const homes = different.map((word, i) => ({ word, count: Number(rows[0]?.[`n${i}`] ?? 0) }));
  const rare = homes.filter(({ count }) => count < COMMON).map(({ word }) => word);
  const asked = rare.length > 0 ? rare : different;
  return { match: indexHasWords(asked), isCommon: rare.length === 0 };
}
