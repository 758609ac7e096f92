import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import type { Tables } from '../model/kysely-tables.js';
import type { PropertyFilter } from '../search/filter.js';
import { all, conditionsOf, inIndexRanges, type StatusIds } from '../search/filter-sql.js';
import { SearchThrottle } from '../search/throttle.js';
import { hasWords } from '../search/words-sql.js';
import { filterOf } from './saved-query.js';

/** A saved search, and the sequences above `after` and at most `to` in which its properties are new. */
export interface NewSearch {
  id: number;
  query: string;
  after: number;
  to: number;
}
interface NewProperty {
  property_id: number;
  published_sequence: number;
}
export interface FoundNew {
  /** The newest first. */
  properties: NewProperty[];
  /** Sequences up to this one were not read; null when the whole range was. */
  unreadTo: number | null;
}

/** One request reads at most this number of entries for all its searches: that takes a sixth of a second. */
const MAX_ENTRIES = 40_000;
/** A request that may read more entries is demanding. A character of a query costs as much as an entry. */
const MAX_CHEAP_ENTRIES = 3_000;
/** After this time, a busy database is not asked for further searches of the request. */
const MAX_READ_MS = 1_000;
/** This number of polygon corners doubles the cost of an entry. */
const CORNERS_PER_ENTRY = 20;

/** Finds properties by the sequence at which they became public. */
@Injectable()
export class NewPropertiesRepository extends SqlRepository<Tables> {
  constructor(
    em: EntityManager,
    private readonly throttle: SearchThrottle,
  ) {
    super(em);
  }

  /** The visible properties that match each search, at most `limit` of each. Reads the newest entries of a huge range only. */
  async find(
    searches: readonly NewSearch[],
    statusIds: StatusIds,
    limit: number,
  ): Promise<Map<number, FoundNew>> {
    const waiting = searches.filter(({ after, to }) => after < to);
    const most = Math.floor(MAX_ENTRIES / waiting.length);
    const read = async (): Promise<Map<number, FoundNew>> => {
      const found = new Map<number, FoundNew>();
      const end = performance.now() + MAX_READ_MS;
      for (const search of waiting) {
        const isLate = found.size > 0 && performance.now() > end;
        found.set(search.id, isLate ? unread(search) : await this.#findOne(search, statusIds, limit, most));
      }
      return found;
    };
    const entries = waiting.map(({ query, after, to }) => query.length + Math.min(most, to - after));
    if (entries.reduce((sum, count) => sum + count, 0) <= MAX_CHEAP_ENTRIES) return read();
    return this.throttle.run({ of: ['new', waiting.map(({ id, after }) => [id, after])], run: read });
  }

  async #findOne(
    { query, after, to }: NewSearch,
    statusIds: StatusIds,
    limit: number,
    most: number,
  ): Promise<FoundNew> {
    const filter = filterOf(query);
    if (filter.statuses.length === 0) return { properties: [], unreadTo: null };
    const unreadTo = await this.#unreadTo(after, to, Math.ceil(most / costOf(filter)));
    const { words } = filter;
    const conditions = [
      inIndexRanges(filter),
      ...conditionsOf(filter, statusIds).map((condition) => condition.sql),
      ...(words ? [hasWords(words)] : []),
    ];
    const { rows } = await sql<NewProperty>`
      select c.property_id, c.published_sequence from property_change c force index (property_change_published)
      straight_join property_search s on s.property_id = c.property_id
      ${words ? sql`straight_join property_words w on w.property_id = s.property_id` : sql``}
      where c.published_sequence > ${unreadTo ?? after} and c.published_sequence <= ${to} and ${all(conditions)}
      order by c.published_sequence desc limit ${limit}`.execute(this.db);
    return { properties: rows, unreadTo };
  }

  /** The sequence of the newest entry that is not among the newest `most`; null when there is none. */
  async #unreadTo(after: number, to: number, most: number): Promise<number | null> {
    if (to - after <= most) return null;
    const { rows } = await sql<{ sequence: number }>`
      select published_sequence as sequence from property_change force index (property_change_published)
      where published_sequence > ${after} and published_sequence <= ${to}
      order by published_sequence desc limit 1 offset ${most}`.execute(this.db);
    return rows[0]?.sequence ?? null;
  }
}

const unread = ({ to }: NewSearch): FoundNew => ({ properties: [], unreadTo: to });

/** The cost of one comparison of an entry with the filter. An entry without polygons costs 1. */
function costOf({ polygons = [] }: PropertyFilter): number {
  return 1 + polygons.flat().length / CORNERS_PER_ENTRY;
}
