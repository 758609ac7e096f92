import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import type { Tables } from '../model/kysely-tables.js';
import {
  type Condition,
  conditionsOf,
  distanceMm,
  inBox,
  inCircle,
  inIndexRanges,
  MARKET_COLUMNS,
  type Sql,
} from './filter-sql.js';
import {
  FROM_FULLTEXT,
  fromIndex,
  fullScanIndex,
  type IndexedColumn,
  indexOn,
  isAfter,
  LOCATION_INDEX,
  narrow,
  type Order,
  sortMatches,
  walk,
} from './page-sql.js';
import { hasWords } from './words-sql.js';
import { readRowsInOrder, readPageRows, type FoundRow } from './page-rows.js';
import { pickSelectiveIndex } from './pick-selective-index.js';
import { boxAround } from '../model/location.js';
import { type PageQuery, searchedBy } from './page-query.js';
import { choosePlan, needsEstimate, type Plan } from './plan.js';
import { RelevanceRepository } from './relevance.repository.js';
import { SearchThrottle } from './throttle.js';
import { Selectivity } from './selectivity.js';
import { chooseFulltextStrategy } from './fulltext-strategy.js';

// Bounds the index entries that a narrowed read looks at, in pages.
const NARROW_PAGES = 12;
// Without a row lookup, an index entry costs a twentieth: a covering index is looked at so many times further.
const LONG_NARROW_FACTOR = 10;
// When a narrowed read finds at least so many rows, a walk fills the page soon.
const MIN_ROWS_FOR_WALK = 3;
// Bounds row lookups by key. A lookup costs about 20 times as much as the next row of an index: with more lookups, a read of
// a whole table of a million rows is faster.
const MAX_LOOKUPS = 50_000;
// Each ring has 16 times the area of the ring before, so all rings that were too small cost less than the last one.
const RING_RADII_METRES = [250, 1_000, 4_000, 16_000];

/** The filtered columns that the `newest` indexes do not contain. */
const NOT_IN_NEWEST = new Set(['parking_spots', 'price_drop', 'price_reduced_at', ...MARKET_COLUMNS]);

/** SQL of one part of a list: rows whose sort value is known, rows whose sort value is unknown, or all rows. */
interface Section {
  readonly index: string;
  readonly order: Order;
  /** Conditions that the index of the sort checks. */
  readonly inIndex: readonly Sql[];
  /** All other conditions. */
  readonly others: readonly Sql[];
  /** The columns that `others` read, when the index contains them all (covering index). */
  readonly coveredColumns: readonly string[] | null;
}

/** Finds the pages of a list. README.md explains the plans and their bounds. */
@Injectable()
export class SearchRepository extends SqlRepository<Tables> {
  constructor(
    em: EntityManager,
    private readonly throttle: SearchThrottle,
    private readonly relevance: RelevanceRepository,
    private readonly selectivity: Selectivity,
  ) {
    super(em);
  }

  /** The first `limit` rows after `after`, in the order of `sort`; rows with an unknown sort value come last. */
  async findPage(query: PageQuery): Promise<FoundRow[]> {
    const { filter, statusIds, sort, after, limit } = query;
    const estimate = needsEstimate(filter, sort) ? this.selectivity.estimate(filter, statusIds) : null;
    const plan = choosePlan(filter, sort, estimate);
    if (plan.kind === 'distance rings') return this.#findByDistance(query);
    if (plan.kind === 'relevance') return this.relevance.findPage(query);
    if (!sort.nullable) return this.#runPlan(plan, query, sectionOf(query, 'all'));
    // Known and unknown values are separate index ranges, so no keyset position has to compare a NULL.
    const isInUnknown = after !== null && after[0] === null;
    const known = isInUnknown ? [] : await this.#runPlan(plan, query, sectionOf(query, 'known'));
    if (known.length === limit) return known;
    const rest = { ...query, after: isInUnknown ? after : null, limit: limit - known.length };
    return [...known, ...(await this.#runPlan(plan, rest, sectionOf(rest, 'unknown')))];
  }

  #runPlan(plan: Plan, query: PageQuery, section: Section): Promise<FoundRow[]> {
    if (plan.kind === 'narrow') return this.#narrow(query, section);
    if (plan.kind === 'selective index')
      return this.#readSorted(fromIndex(indexOn(plan.column, query.filter)), query, section);
    return this.#walk(query, section);
  }

  #walk({ filter, limit }: PageQuery, { index, order, inIndex, others }: Section): Promise<FoundRow[]> {
    return readRowsInOrder(this.db, filter, index, order, [...inIndex, ...others], limit);
  }

  async #narrow(query: PageQuery, section: Section): Promise<FoundRow[]> {
    const { filter, limit } = query;
    const { index, order, inIndex, others, coveredColumns } = section;
    const words = !!filter.words;
    const entries = NARROW_PAGES * limit;
    const beginning = walk(filter, index, order, inIndex, entries, { columns: coveredColumns ?? [] });
    const covering = coveredColumns !== null;
    const found = await this.#read(narrow(beginning, order, others, limit, { words, covering }), order);
    if (found.length === limit) return found;
    if (found.length >= MIN_ROWS_FOR_WALK && !words) return this.#walk(query, section);
    if (await this.#endsWithin(entries, walk(filter, index, order, inIndex, entries))) return found;
    return this.throttle.run({
      of: searchedBy(query),
      run: () => this.#findRareMatches(query, section, found.length),
    });
  }

  /** Whether one of the first entries of a covering index matches. It looks up no row. */
  async #matchesSoon({ filter, limit }: PageQuery, section: Section): Promise<boolean> {
    const { index, order, inIndex, others, coveredColumns } = section;
    const entries = LONG_NARROW_FACTOR * NARROW_PAGES * limit;
    const beginning = walk(filter, index, order, inIndex, entries, { columns: coveredColumns ?? [] });
    const match = narrow(beginning, order, others, 1, { words: false, covering: true });
    const { rows } = await sql`select property_id from ${match} found`.execute(this.db);
    return rows.length > 0;
  }

  /** For a search with few matches among the first entries of the index: it may read many rows. */
  async #findRareMatches(query: PageQuery, section: Section, found: number): Promise<FoundRow[]> {
    const { filter, limit } = query;
    const words = filter.words;
    if (section.coveredColumns !== null && !words && (found > 0 || (await this.#matchesSoon(query, section))))
      return this.#walk(query, section);
    // The length of a walk that fills the page, if matches stay as frequent; no match counts as a tenth of a match.
    const walkLength = Math.ceil((limit * NARROW_PAGES * limit) / Math.max(found, 0.1));
    const selective = await pickSelectiveIndex(this.db, query, Math.min(walkLength, MAX_LOOKUPS));
    if (selective) return this.#readSorted(fromIndex(selective, { words: !!words }), query, section);
    if (words) {
      const { match, areAllCommon } = await chooseFulltextStrategy(this.db, words);
      if (!areAllCommon || walkLength > MAX_LOOKUPS)
        return this.#readSorted(FROM_FULLTEXT, query, section, [match]);
    } else if (section.coveredColumns === null && walkLength > MAX_LOOKUPS) {
      return this.#readSorted(fromIndex(fullScanIndex(filter)), query, section);
    }
    return this.#walk(query, section);
  }

  // At most half of `limit`: rows that other transactions add or delete between the two statements must not change the answer.
  async #endsWithin(limit: number, keys: Sql): Promise<boolean> {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${keys} span`.execute(this.db);
    return rows[0]!.n <= limit / 2;
  }

  async #findByDistance(query: PageQuery): Promise<FoundRow[]> {
    const { filter, statusIds, after, limit } = query;
    const { circle, words } = filter;
    if (!circle) throw new Error('the sort by distance needs a circle');
    const order: Order = { key: distanceMm(circle), direction: 'asc' };
    const conditions = conditionsOf(filter, statusIds).map(({ sql: condition }) => condition);
    conditions.push(inIndexRanges(filter));
    if (after) conditions.push(isAfter(order, after));
    if (words) conditions.push(hasWords(words));
    const byLocation = fromIndex(LOCATION_INDEX, { words: !!words });
    const lastMetres = Number(after?.[0] ?? 0) / 1000;
    for (const radius of RING_RADII_METRES.filter((ring) => ring > lastMetres && ring < circle.radius)) {
      const ring = { center: circle.center, radius };
      const inRing = [inBox(boxAround(ring.center, radius)), inCircle(ring)];
      const found = await this.#read(
        sortMatches(byLocation, order, [...conditions, ...inRing], limit),
        order,
      );
      if (found.length === limit) return found;
    }
    return this.throttle.run({
      of: searchedBy(query),
      run: async () => {
        const hasRareWord = words && !(await chooseFulltextStrategy(this.db, words)).areAllCommon;
        const from = hasRareWord ? FROM_FULLTEXT : byLocation;
        return this.#read(sortMatches(from, order, conditions, limit), order);
      },
    });
  }

  #readSorted(
    from: Sql,
    { filter, limit }: PageQuery,
    { order, inIndex, others }: Section,
    fulltext: readonly Sql[] = [],
  ): Promise<FoundRow[]> {
    const conditions = [...fulltext, inIndexRanges(filter), ...inIndex, ...others];
    return this.#read(sortMatches(from, order, conditions, limit), order);
  }

  #read(keys: Sql, order: Order): Promise<FoundRow[]> {
    return readPageRows(this.db, keys, order);
  }
}

/** @param values rows with any sort value, or only rows whose sort value is known or unknown */
function sectionOf(
  { filter, statusIds, sort, after }: PageQuery,
  values: 'all' | 'known' | 'unknown',
): Section {
  const key = sql.raw(`s.${sort.column}`);
  const order: Order = { key, direction: sort.direction };
  const inIndex =
    values === 'all' ? [] : [sql`${key} is ${sql.raw(values === 'known' ? 'not null' : 'null')}`];
  if (after) inIndex.push(isAfter(order, after));
  const conditions = conditionsOf(filter, statusIds);
  inIndex.push(...conditions.filter(({ on }) => on === sort.column).map((condition) => condition.sql));
  const outside = conditions.filter(({ on }) => on !== sort.column);
  const others = outside.map((condition) => condition.sql);
  if (filter.words) others.push(hasWords(filter.words));
  const column = sort.column === 'status_since' ? 'newest' : (sort.column as IndexedColumn);
  return {
    index: indexOn(column, filter),
    order,
    inIndex,
    others,
    coveredColumns: column === 'newest' ? coveredByNewest(outside) : null,
  };
}

/** The columns that `conditions` read, or null when the `newest` indexes do not contain them all. */
function coveredByNewest(conditions: readonly Condition[]): string[] | null {
  const columns = [...new Set(conditions.flatMap((condition) => condition.columns))];
  return columns.some((column) => NOT_IN_NEWEST.has(column)) ? null : columns;
}
