import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import type { Tables } from '../model/kysely-tables.js';
import type { PropertyFilter } from '../search/filter.js';
import { all, conditionsOf, inIndexRanges, type StatusIds } from '../search/filter-sql.js';
import { SearchThrottle } from '../search/throttle.js';
import { hasWords } from '../search/words-sql.js';

/** Sequences above `after`, and at most `to`. */
export interface SequenceRange {
  after: number;
  to: number;
}
interface NewProperty {
  property_id: number;
  published_sequence: number;
}

// A search that reads more entries than this is demanding.
const MAX_ENTRIES = 20_000;

/** Finds properties by the sequence at which they became public. */
@Injectable()
export class NewPropertiesRepository extends SqlRepository<Tables> {
  constructor(
    em: EntityManager,
    private readonly throttle: SearchThrottle,
  ) {
    super(em);
  }

  /** The visible properties that match and became public in the range, the newest first. Reads no more than the range. */
  async find(
    filter: PropertyFilter,
    statusIds: StatusIds,
    range: SequenceRange,
    limit: number,
  ): Promise<NewProperty[]> {
    if (range.to <= range.after || filter.statuses.length === 0) return [];
    const { words } = filter;
    const conditions = [
      inIndexRanges(filter),
      ...conditionsOf(filter, statusIds).map((condition) => condition.sql),
      ...(words ? [hasWords(words)] : []),
    ];
    const read = async (): Promise<NewProperty[]> => {
      const { rows } = await sql<NewProperty>`
        select c.property_id, c.published_sequence from property_change c force index (property_change_published)
        straight_join property_search s on s.property_id = c.property_id
        ${words ? sql`straight_join property_words w on w.property_id = s.property_id` : sql``}
        where c.published_sequence > ${range.after} and c.published_sequence <= ${range.to} and ${all(conditions)}
        order by c.published_sequence desc limit ${limit}`.execute(this.db);
      return rows;
    };
    if (range.to - range.after <= MAX_ENTRIES) return read();
    return this.throttle.run({ of: ['new', filter, range.after], run: read });
  }
}
