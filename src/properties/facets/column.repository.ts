import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import type { Tables } from '../model/kysely-tables.js';
import { hasWords } from '../search/words-sql.js';
import { READ_COLUMNS, type ReadRow, type ReadRowWithWords } from './property-columns.js';

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

  /** Properties that changed after a version, in no order, also hidden ones. `word0` is 1 when one contains the first word. */
  async findChanged(version: number, words: readonly string[], limit: number): Promise<ReadRowWithWords[]> {
    const columns = [
      ...READ_COLUMNS.map((column) => sql.ref(`s.${column}`)),
      ...words.map((word, i) => sql`${hasWords([word])} as ${sql.id(`word${i}`)}`),
    ];
    const { rows } = await sql<ReadRowWithWords>`
      select ${sql.join(columns)}
      from property_search s force index (property_search_version)
      straight_join property_words w on w.property_id = s.property_id
      where s.version > ${version} limit ${limit}`.execute(this.db);
    return rows;
  }

  /** The properties of a range of ids that contain a word. */
  async findWithWord(word: string, { after, upTo }: { after: number; upTo: number }): Promise<number[]> {
    const { rows } = await sql<{ property_id: number }>`
      select property_id from property_words w
      where property_id > ${after} and property_id <= ${upTo} and ${hasWords([word])}`.execute(this.db);
    return rows.map((row) => row.property_id);
  }
}
