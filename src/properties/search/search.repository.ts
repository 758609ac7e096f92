import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../model/kysely-tables.js';
import { conditionsOf, distance, inBox, inSections, type Sql, within } from './filter-sql.js';
import {
  BY_WORDS,
  gather,
  type IndexedColumn,
  indexOfAll,
  indexOn,
  isAfter,
  LOCATION,
  narrow,
  type Order,
  source,
  walk,
} from './page-sql.js';
import { hasWords } from './words-sql.js';
import { readRowsInOrder, readPageRows, type FoundRow } from './page-rows.js';
import { pickSelectiveIndex } from './pick-selective-index.js';
import { boxAround } from '../model/location.js';
import type { PageQuery } from './page-query.js';
import { RelevanceRepository } from './relevance.repository.js';
import { SearchThrottle } from './throttle.js';
import { Selectivity } from './selectivity.js';
import { chooseFulltextStrategy } from './fulltext-strategy.js';

// How many rows of the index are looked at before another way is considered, in pages.
const SPAN = 12;
// So many found in a span, and a walk comes to a full page before long.
const SOME = 3;
// Of a hundred homes so many, and a walk needs no looking after.
const MANY = 0.02;
// So few homes are read and sorted without further thought.
const FEW = 1_000;
// Rows looked up one by one cost as much as 20 times as many read in a row: beyond, reading all of a million is faster.
const MOST_LOOKUPS = 50_000;
// Metres: each ring has 16 times the area of the one before, so all that failed cost less than the one that did not.
const RINGS = [250, 1_000, 4_000, 16_000];

/** Finds pages of homes: each sort by the index that has its order, and what is rare by the index that finds it. */
@Injectable()
export class SearchRepository {
  constructor(
    private readonly em: EntityManager,
    private readonly load: SearchThrottle,
    private readonly relevance: RelevanceRepository,
    private readonly selectivity: Selectivity,
  ) {}

  get #db(): Kysely<Tables> {
    return this.em.getKysely<Tables>();
  }

  /** The rows of a page after `after`, in the order of `sort`, those whose sort value is unknown last. */
  async findPage(query: PageQuery): Promise<FoundRow[]> {
    if (query.sort.column === 'distance') return this.#findByDistance(query);
    if (query.sort.column === 'relevance') return this.relevance.findPage(query);
    return this.#findInOrder(query);
  }

  // The known and the unknown values are a range of the index each, so that a page never crosses a NULL.
  async #findInOrder(query: PageQuery): Promise<FoundRow[]> {
    const { after, limit, sort } = query;
    if (!sort.nullable) return this.#findSection(query, 'all');
    const inUnknown = after !== null && after[0] === null;
    const known = inUnknown ? [] : await this.#findSection(query, 'known');
    if (known.length === limit) return known;
    const rest = { ...query, after: inUnknown ? after : null, limit: limit - known.length };
    return [...known, ...(await this.#findSection(rest, 'unknown'))];
  }

  async #findSection(query: PageQuery, section: 'all' | 'known' | 'unknown'): Promise<FoundRow[]> {
    const { filter, sort, after, limit } = query;
    const { words } = filter;
    const key = sql.raw(`s.${sort.column}`);
    const order: Order = { key, direction: sort.direction };
    // Within the unknown there is nothing to order by but the id.
    const inIndex =
      section === 'all' ? [] : [sql`${key} is ${sql.raw(section === 'known' ? 'not null' : 'null')}`];
    if (after) inIndex.push(isAfter(order, after));
    const conditions = conditionsOf(filter, query.statusIds);
    const known = conditions.filter(({ on }) => on === sort.column);
    const unknown = conditions.filter(({ on }) => on !== sort.column);
    inIndex.push(...known.map(({ sql: condition }) => condition));
    const others = unknown.map(({ sql: condition }) => condition);
    if (words) others.push(hasWords(words));

    const column = sort.column === 'status_since' ? 'newest' : (sort.column as IndexedColumn);
    const index = indexOn(column, filter);
    const whole = (): Promise<FoundRow[]> =>
      readRowsInOrder(this.#db, filter, index, order, [...inIndex, ...others], limit);
    if (others.length === 0) return whole();

    const rest = [inSections(filter), ...inIndex, ...others];
    const estimate = await this.selectivity.estimate(filter);
    if (estimate && estimate.share > MANY) return whole();
    if (estimate && estimate.homes < FEW)
      return this.#fetch(gather(source(indexOn(estimate.column, filter)), order, rest, limit), order);

    const span = SPAN * limit;
    // The newest-first indexes have all that can be filtered by.
    const covering = column === 'newest';
    const columns = covering ? unknown.flatMap((condition) => condition.columns) : [];
    const beginning = walk(filter, index, order, inIndex, span, { columns: [...new Set(columns)] });
    const first = narrow(beginning, order, others, limit, { words: !!words, covering });
    const found = await this.#fetch(first, order);
    if (found.length === limit) return found;
    if (found.length >= SOME && !words) return whole();
    if (await this.#endsWithin(span, walk(filter, index, order, inIndex, span))) return found;
    // What is asked for is rare among the first: from here on it may take long.
    return this.load.run(async () => {
      // How far to walk for a page, if the rest is like the beginning; nothing at all is taken for a tenth of a home.
      const distant = Math.ceil((limit * span) / Math.max(found.length, 0.1));
      const few = await pickSelectiveIndex(this.#db, query, Math.min(distant, MOST_LOOKUPS));
      if (few) return this.#fetch(gather(source(few, { words: !!words }), order, rest, limit), order);
      if (words) {
        const { match, isCommon } = await chooseFulltextStrategy(this.#db, words);
        if (!isCommon || distant > MOST_LOOKUPS)
          return this.#fetch(gather(BY_WORDS, order, [match, ...rest], limit), order);
      } else if (!covering && distant > MOST_LOOKUPS) {
        return this.#fetch(gather(source(indexOfAll(filter)), order, rest, limit), order);
      }
      return whole();
    });
  }

  // By half: rows that come or go between the two statements shall not make it look so.
  async #endsWithin(span: number, keys: Sql): Promise<boolean> {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${keys} span`.execute(this.#db);
    return Number(rows[0]?.n) <= span / 2;
  }

  async #findByDistance(query: PageQuery): Promise<FoundRow[]> {
    const { filter, statusIds, after, limit } = query;
    const { circle, words } = filter;
    if (!circle) throw new Error('sorting by distance needs a point');
    const order: Order = { key: distance(circle), direction: 'asc' };
    const conditions = conditionsOf(filter, statusIds).map(({ sql: condition }) => condition);
    conditions.push(inSections(filter));
    if (after) conditions.push(isAfter(order, after));
    if (words) conditions.push(hasWords(words));
    const start = Number(after?.[0] ?? 0) / 1000;
    for (const radius of RINGS.filter((ring) => ring > start && ring < circle.radius)) {
      const ring = { center: circle.center, radius };
      const inRing = [inBox(boxAround(ring.center, radius)), within(ring)];
      const keys = gather(source(LOCATION, { words: !!words }), order, [...conditions, ...inRing], limit);
      const found = await this.#fetch(keys, order);
      if (found.length === limit) return found;
    }
    return this.load.run(async () => {
      const from =
        words && !(await chooseFulltextStrategy(this.#db, words)).isCommon
          ? BY_WORDS
          : source(LOCATION, { words: !!words });
      return this.#fetch(gather(from, order, conditions, limit), order);
    });
  }

  #fetch(keys: Sql, order: Order): Promise<FoundRow[]> {
    return readPageRows(this.#db, keys, order);
  }
}
