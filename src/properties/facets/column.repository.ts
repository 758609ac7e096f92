import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import type { Tables } from '../model/kysely-tables.js';
import { READ_COLUMNS, type ReadRow } from './property-columns.js';

export interface SearchState {
  /** `search_state.version`: it rises with every change of `property_search`, but not when a property is deleted. */
  readonly version: number;
  /** The number of visible properties by the kept counts. */
  readonly visible: number;
}

/** Reads the rows of `PropertyColumns`. */
@Injectable()
export class ColumnRepository extends SqlRepository<Tables> {
  async findState(): Promise<SearchState> {
    const { rows } = await sql<SearchState>`
      select version, (select coalesce(sum(homes), 0) from facet_count where facet = 'all-bedrooms') as visible
      from search_state`.execute(this.db);
    return rows[0]!;
  }

  /** The next page of visible properties by id. */
  findVisible(afterId: number, limit: number): Promise<ReadRow[]> {
    return this.db
      .selectFrom('property_search')
      .select(READ_COLUMNS)
      .where('property_id', '>', afterId)
      .where('availability', 'is not', null)
      .orderBy('property_id')
      .limit(limit)
      .execute();
  }

  /** Properties that changed after a version, in no order, also hidden ones. */
  async findChanged(version: number, limit: number): Promise<ReadRow[]> {
    const { rows } = await sql<ReadRow>`
      select ${sql.join(READ_COLUMNS.map((column) => sql.ref(column)))}
      from property_search force index (property_search_version)
      where version > ${version} limit ${limit}`.execute(this.db);
    return rows;
  }
}
