import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';

export interface SavedSearchRow {
  id: number;
  name: string;
  query: string;
  /** Naive, UTC. */
  created_at: string;
  seen_at: string;
  /** The newest sequence of the changes at `seen_at`. */
  seen_sequence: number;
}
export interface SearchToStore {
  name: string;
  query: string;
  query_key: string;
}

const COLUMNS = sql`id, name, query, created_at, seen_at, seen_sequence`;

/** SQL of `saved_search`. */
@Injectable()
export class SavedSearchRepository extends SqlRepository {
  /** Locks the user, so that one request of a user adds or changes searches at a time. @returns false when there is no such active user */
  async lockUser(userId: number): Promise<boolean> {
    const { rows } = await sql`
      select 1 from auth_user where id = ${userId} and is_active = 1 for update`.execute(this.db);
    return rows.length > 0;
  }

  async findAll(userId: number): Promise<SavedSearchRow[]> {
    const { rows } = await sql<SavedSearchRow>`
      select ${COLUMNS} from saved_search where user_id = ${userId} order by id`.execute(this.db);
    return rows;
  }

  async find(userId: number, id: number): Promise<SavedSearchRow | undefined> {
    const { rows } = await sql<SavedSearchRow>`
      select ${COLUMNS} from saved_search where id = ${id} and user_id = ${userId}`.execute(this.db);
    return rows[0];
  }

  async findByKey(userId: number, key: string): Promise<SavedSearchRow | undefined> {
    const { rows } = await sql<SavedSearchRow>`
      select ${COLUMNS} from saved_search where user_id = ${userId} and query_key = ${key}`.execute(this.db);
    return rows[0];
  }

  async count(userId: number): Promise<number> {
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from saved_search where user_id = ${userId}`.execute(this.db);
    return rows[0]!.n;
  }

  /** Adds a search, in which no property is new yet. */
  async insert(userId: number, { name, query, query_key: key }: SearchToStore): Promise<void> {
    await sql`
      insert into saved_search (user_id, name, query, query_key, created_at, seen_at, seen_sequence)
      select ${userId}, ${name}, ${query}, ${key}, utc_timestamp(3), utc_timestamp(3), change_sequence
      from search_state where id = 1`.execute(this.db);
  }

  async update(id: number, { name, query, query_key: key }: SearchToStore): Promise<void> {
    await sql`update saved_search set name = ${name}, query = ${query}, query_key = ${key} where id = ${id}`.execute(
      this.db,
    );
  }

  async delete(userId: number, id: number): Promise<boolean> {
    const { numAffectedRows } = await sql`
      delete from saved_search where id = ${id} and user_id = ${userId}`.execute(this.db);
    return Number(numAffectedRows ?? 0) > 0;
  }

  /** Two answers at once: the later one decides. */
  async markSeen(id: number, sequence: number): Promise<void> {
    await sql`
      update saved_search set seen_at = utc_timestamp(3), seen_sequence = ${sequence}
      where id = ${id} and seen_sequence <= ${sequence}`.execute(this.db);
  }
}
