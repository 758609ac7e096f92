import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import type { Tables } from '../model/kysely-tables.js';
import { all, conditionsOf, inIndexRanges, type Sql } from './filter-sql.js';
import { FROM_FULLTEXT, fromIndex, isAfter, type Order, sortMatches } from './page-sql.js';
import { hasWords, matchesTerms, relevanceOf, weightOf } from './words-sql.js';
import { readPageRows, type FoundRow } from './page-rows.js';
import { pickSelectiveIndex } from './pick-selective-index.js';
import { type PageQuery, searchedBy } from './page-query.js';
import { SearchThrottle } from './throttle.js';
import { chooseFulltextStrategy } from './fulltext-strategy.js';
import { type Mark, searchedWord, WEIGHTS } from '../search-index/words.js';

// An index with fewer matching rows replaces the full-text index: its rows are read and sorted.
const SELECTIVE_ROW_LIMIT = 5_000;
// Newest properties that are sampled.
const SAMPLE_ROWS = 4_000;
// A score is common when at least so many rows of the sample have it: a walk down the ids then soon fills a page.
const COMMON_SCORE_ROWS = 8;
// A term is rare when fewer rows of the sample contain it: the full-text index then reads no more rows than the sample did.
const RARE_TERM_ROWS = 40;
// Bounds the combinations of words and marks (3 ^ words). Few properties contain more words than this.
const MAX_SAMPLED_WORDS = 5;
const MARKS = Object.keys(WEIGHTS) as Mark[];

/**
 * Finds pages by relevance. For rare words, it reads all matches from the full-text index and sorts them. Common words match
 * most of the table, so a sample of the newest properties gives the highest common score, and the page has three parts:
 * 1. Higher scores: each such property contains a rare term, which finds it in the full-text index.
 * 2. The common score: a walk down the ids.
 * 3. Lower scores: all matches, sorted.
 */
@Injectable()
export class RelevanceRepository extends SqlRepository<Tables> {
  constructor(
    em: EntityManager,
    private readonly throttle: SearchThrottle,
  ) {
    super(em);
  }

  findPage(query: PageQuery): Promise<FoundRow[]> {
    return this.throttle.run({ of: searchedBy(query), run: () => this.#find(query) });
  }

  async #find(query: PageQuery): Promise<FoundRow[]> {
    const { filter, after, limit } = query;
    const words = filter.words ?? [];
    const order: Order = { key: relevanceOf(words), direction: 'desc' };
    const conditions = conditionsOf(filter, query.statusIds).map(({ sql: condition }) => condition);
    conditions.push(inIndexRanges(filter));
    const remaining = after ? [...conditions, isAfter(order, after)] : [...conditions];
    remaining.push(hasWords(words));
    const index = await pickSelectiveIndex(this.db, query, SELECTIVE_ROW_LIMIT, { cities: true });
    if (index) return this.#readSorted(fromIndex(index, { words: true }), order, remaining, limit);
    const sample = await this.#sample(words, query);
    const common = sample?.commonScore() ?? null;
    const rareTerms = common === null ? null : (sample?.rareTermsAbove(common) ?? null);
    if (common === null || rareTerms === null) {
      return this.#readSortedFromFulltext(words, order, remaining, limit);
    }

    const [lastScore = Infinity, lastId = 0] = (after as [number, number] | null) ?? [];
    const found: FoundRow[] = [];
    if (lastScore > common && rareTerms.length > 0) {
      const above = [matchesTerms(rareTerms), ...remaining, sql`${order.key} > ${common}`];
      found.push(...(await this.#readSorted(FROM_FULLTEXT, order, above, limit)));
    }
    if (found.length < limit && lastScore >= common) {
      const afterLast = lastScore === common ? [sql`s.property_id < ${lastId}`] : [];
      const equal = [...conditions, ...afterLast, hasWords(words), sql`${order.key} = ${common}`];
      found.push(...(await readPageRows(this.db, walkDownIds(order, equal, limit - found.length), order)));
    }
    if (found.length < limit) {
      const below = [...remaining, sql`${order.key} < ${common}`];
      found.push(...(await this.#readSortedFromFulltext(words, order, below, limit - found.length)));
    }
    return found;
  }

  async #readSortedFromFulltext(
    words: readonly string[],
    order: Order,
    conditions: readonly Sql[],
    limit: number,
  ): Promise<FoundRow[]> {
    const { match } = await chooseFulltextStrategy(this.db, words);
    return this.#readSorted(FROM_FULLTEXT, order, [match, ...conditions], limit);
  }

  #readSorted(from: Sql, order: Order, conditions: readonly Sql[], limit: number): Promise<FoundRow[]> {
    return readPageRows(this.db, sortMatches(from, order, conditions, limit), order);
  }

  /**
   * Samples the newest properties of the availabilities and cities: how many contain each word with which weight.
   * @returns null when the search has more than MAX_SAMPLED_WORDS words
   */
  async #sample(words: readonly string[], { filter, statusIds }: PageQuery): Promise<Sample | null> {
    const distinct = [...new Set(words)];
    if (distinct.length > MAX_SAMPLED_WORDS) return null;
    const weights = distinct.map((word, i) => sql`${weightOf(word)} as ${sql.id(`w${i}`)}`);
    const names = distinct.map((_, i) => sql.id(`w${i}`));
    const { rows } = await sql<Record<string, number>>`
      select ${sql.join(names)}, count(*) as homes from (
        select ${sql.join(weights)}
        from (
          select s.* from ${fromIndex('PRIMARY')} where ${inIndexRanges(filter)}
          order by s.property_id desc limit ${SAMPLE_ROWS}
        ) s straight_join property_words w on w.property_id = s.property_id
        where ${all(conditionsOf(filter, statusIds).map(({ sql: condition }) => condition))}
      ) seen group by ${sql.join(names)}`.execute(this.db);
    const groups = rows.map((row) => ({
      weights: distinct.map((_, i) => row[`w${i}`]!),
      count: row['homes']!,
    }));
    return new Sample(words, distinct, groups);
  }
}

/** How many properties of a sample have each combination of word weights. */
class Sample {
  constructor(
    private readonly words: readonly string[],
    private readonly distinct: readonly string[],
    /** `weights[i]` is the weight of `distinct[i]`; 0: the property does not contain the word. */
    private readonly groups: readonly { weights: readonly number[]; count: number }[],
  ) {}

  /** The highest common score; null when no score is common. */
  commonScore(): number | null {
    const countByScore = new Map<number, number>();
    for (const group of this.groups) {
      if (group.weights.includes(0)) continue;
      const score = this.#score(group.weights);
      countByScore.set(score, (countByScore.get(score) ?? 0) + group.count);
    }
    const common = [...countByScore]
      .filter(([, count]) => count >= COMMON_SCORE_ROWS)
      .map(([score]) => score);
    return common.length > 0 ? Math.max(...common) : null;
  }

  /**
   * Rare full-text terms that find every property with a higher score than `score`: each such property contains one of them.
   * @returns null when some combination of word weights with a higher score contains no rare term
   */
  rareTermsAbove(score: number): string[] | null {
    const terms = new Set<string>();
    for (const weights of this.#combinations()) {
      if (this.#score(weights) <= score) continue;
      const [rarest] = weights
        .map((weight, i) => ({ i, weight, count: this.#countWith(i, weight) }))
        .toSorted((a, b) => a.count - b.count);
      if (!rarest || rarest.count >= RARE_TERM_ROWS) return null;
      const mark = MARKS.find((name) => WEIGHTS[name] === rarest.weight) as Mark;
      terms.add(searchedWord(this.distinct[rarest.i] as string).terms[mark]);
    }
    return [...terms];
  }

  #score(weights: readonly number[]): number {
    return this.words.reduce((sum, word) => sum + (weights[this.distinct.indexOf(word)] ?? 0), 0);
  }

  #countWith(word: number, weight: number): number {
    return this.groups.reduce((sum, { weights, count }) => sum + (weights[word] === weight ? count : 0), 0);
  }

  /** Every combination of one weight for each word. */
  #combinations(): number[][] {
    return this.distinct.reduce<number[][]>(
      (combinations) => combinations.flatMap((weights) => MARKS.map((mark) => [...weights, WEIGHTS[mark]])),
      [[]],
    );
  }
}

/** Reads properties from the highest id down until `limit` meet `conditions`. */
function walkDownIds(order: Order, conditions: readonly Sql[], limit: number): Sql {
  return sql`(select s.property_id, ${order.key} as k from ${fromIndex('PRIMARY', { words: true })}
    where ${all(conditions)} order by s.property_id desc limit ${limit})`;
}
