import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../model/kysely-tables.js';
import { all, conditionsOf, inSections, type Sql } from './filter-sql.js';
import { BY_WORDS, gather, isAfter, type Order, source } from './page-sql.js';
import { hasWords, matches, relevance, weightOf } from './words-sql.js';
import { readPageRows, type FoundRow } from './page-rows.js';
import { pickSelectiveIndex } from './pick-selective-index.js';
import type { PageQuery } from './page-query.js';
import { SearchThrottle } from './throttle.js';
import { chooseFulltextStrategy } from './fulltext-strategy.js';
import { type Mark, searchedWord, WEIGHTS } from '../search-index/words.js';

const FEW = 5_000;
const SAMPLE = 4_000;
// So many of the sample, and walking down the ids meets a page of them soon.
const COMMON = 8;
// Less of the sample, and looking them up in the full text index costs no more than the sample did.
const RARE = 40;
// Of more words the ways to stand in the places are too many to list, and few homes have them all.
const MOST_WORDS = 5;
const MARKS = Object.keys(WEIGHTS) as Mark[];

/**
 * Finds pages by relevance. The homes with rare words are looked up in the full text index and sorted. For common
 * words that would be most of the table, so a sample tells which relevance is common: those above it are rare and looked
 * up by what makes them rare; those of it come by walking down the ids.
 */
@Injectable()
export class RelevanceRepository {
  constructor(
    private readonly em: EntityManager,
    private readonly load: SearchThrottle,
  ) {}

  get #db(): Kysely<Tables> {
    return this.em.getKysely<Tables>();
  }

  findPage(query: PageQuery): Promise<FoundRow[]> {
    return this.load.run(() => this.#find(query));
  }

  async #find(query: PageQuery): Promise<FoundRow[]> {
    const { filter, after, limit } = query;
    const words = filter.words ?? [];
    const order: Order = { key: relevance(words), direction: 'desc' };
    const conditions = conditionsOf(filter, query.statusIds).map(({ sql: condition }) => condition);
    conditions.push(inSections(filter));
    const rest = after ? [...conditions, isAfter(order, after)] : [...conditions];
    rest.push(hasWords(words));
    const few = await pickSelectiveIndex(this.#db, query, FEW, { cities: true });
    if (few) return this.#gather(source(few, { words: true }), order, rest, limit);
    const sample = await this.#sample(words, query);
    const common = sample?.commonScore() ?? null;
    const rareTerms = common === null ? null : (sample?.rareTermsAbove(common) ?? null);
    if (common === null || rareTerms === null) {
      return this.#gatherByWords(words, order, rest, limit);
    }

    const [score = Infinity, id = 0] = (after as [number, number] | null) ?? [];
    const found: FoundRow[] = [];
    if (score > common && rareTerms.length > 0) {
      const above = [matches(rareTerms), ...rest, sql`${order.key} > ${common}`];
      found.push(...(await this.#gather(BY_WORDS, order, above, limit)));
    }
    if (found.length < limit && score >= common) {
      const below = score === common ? [sql`s.property_id < ${id}`] : [];
      const here = [...conditions, ...below, hasWords(words), sql`${order.key} = ${common}`];
      found.push(...(await readPageRows(this.#db, walkDown(order, here, limit - found.length), order)));
    }
    if (found.length < limit) {
      const below = [...rest, sql`${order.key} < ${common}`];
      found.push(...(await this.#gatherByWords(words, order, below, limit - found.length)));
    }
    return found;
  }

  async #gatherByWords(
    words: readonly string[],
    order: Order,
    conditions: readonly Sql[],
    limit: number,
  ): Promise<FoundRow[]> {
    const { match } = await chooseFulltextStrategy(this.#db, words);
    return this.#gather(BY_WORDS, order, [match, ...conditions], limit);
  }

  #gather(from: Sql, order: Order, conditions: readonly Sql[], limit: number): Promise<FoundRow[]> {
    return readPageRows(this.#db, gather(from, order, conditions, limit), order);
  }

  /** @returns null for too many words */
  async #sample(words: readonly string[], { filter, statusIds }: PageQuery): Promise<Sample | null> {
    const different = [...new Set(words)];
    if (different.length > MOST_WORDS) return null;
    const weights = different.map((word, i) => sql`${weightOf(word)} as ${sql.id(`w${i}`)}`);
    const names = different.map((_, i) => sql.id(`w${i}`));
    const { rows } = await sql<Record<string, number>>`
      select ${sql.join(names)}, count(*) as homes from (
        select ${sql.join(weights)}
        from (
          select s.* from ${source('PRIMARY')} where ${inSections(filter)}
          order by s.property_id desc limit ${SAMPLE}
        ) s straight_join property_words w on w.property_id = s.property_id
        where ${all(conditionsOf(filter, statusIds).map(({ sql: condition }) => condition))}
      ) seen group by ${sql.join(names)}`.execute(this.#db);
    const groups = rows.map((row) => ({
      weights: different.map((_, i) => Number(row[`w${i}`])),
      homes: Number(row['homes']),
    }));
    return new Sample(words, different, groups);
  }
}

/** How many homes of a sample have each word of a search in which place. */
class Sample {
  constructor(
    private readonly words: readonly string[],
    private readonly different: readonly string[],
    private readonly groups: readonly { weights: readonly number[]; homes: number }[],
  ) {}

  /** The highest relevance that many homes have; null where few have all words. */
  commonScore(): number | null {
    const homes = new Map<number, number>();
    for (const group of this.groups) {
      if (group.weights.includes(0)) continue;
      const score = this.#score(group.weights);
      homes.set(score, (homes.get(score) ?? 0) + group.homes);
    }
    const common = [...homes].filter(([, count]) => count >= COMMON).map(([score]) => score);
    return common.length > 0 ? Math.max(...common) : null;
  }

  /**
   * Rare terms of the full text index, of which every home has one whose relevance is higher than `score`.
   * @returns null when there are no such terms
   */
  rareTermsAbove(score: number): string[] | null {
    const terms = new Set<string>();
    for (const weights of this.#ways()) {
      if (this.#score(weights) <= score) continue;
      const [rarest] = weights
        .map((weight, i) => ({ i, weight, homes: this.#homesWith(i, weight) }))
        .toSorted((a, b) => a.homes - b.homes);
      if (!rarest || rarest.homes >= RARE) return null;
      const mark = MARKS.find((name) => WEIGHTS[name] === rarest.weight) as Mark;
      terms.add(searchedWord(this.different[rarest.i] as string).terms[mark]);
    }
    return [...terms];
  }

  #score(weights: readonly number[]): number {
    return this.words.reduce((sum, word) => sum + (weights[this.different.indexOf(word)] ?? 0), 0);
  }

  #homesWith(word: number, weight: number): number {
    return this.groups.reduce((sum, { weights, homes }) => sum + (weights[word] === weight ? homes : 0), 0);
  }

  /** Every way in which the words can stand in the places. */
  #ways(): number[][] {
    return this.different.reduce<number[][]>(
      (ways) => ways.flatMap((way) => MARKS.map((mark) => [...way, WEIGHTS[mark]])),
      [[]],
    );
  }
}

/** Those of `conditions`, highest ids first, walked down from the newest. */
function walkDown(order: Order, conditions: readonly Sql[], limit: number): Sql {
  return sql`(select s.property_id, ${order.key} as k from ${source('PRIMARY', { words: true })}
    where ${all(conditions)} order by s.property_id desc limit ${limit})`;
}
