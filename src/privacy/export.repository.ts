import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';

export interface StaffEditRow {
  id: number;
  at: string;
  property_id: number;
  action: string;
  /** JSON. */
  changes: string;
}

export interface SavedSearchRow {
  name: string;
  query: string;
  /** Naive, UTC, as `seen_at`. */
  created_at: string;
  seen_at: string;
}

/** Reads for the export of an account, page by page. */
@Injectable()
export class ExportRepository extends SqlRepository {
  /** The changes that a staff user made, after the id `after`, oldest first. */
  async findStaffEdits(userId: number, after: number, limit: number): Promise<StaffEditRow[]> {
    const { rows } = await sql<StaffEditRow>`
      select id, at, property_id, action, changes from property_audit
      where user_id = ${userId} and id > ${after} order by id limit ${limit}`.execute(this.db);
    return rows;
  }

  async findSavedSearches(userId: number): Promise<SavedSearchRow[]> {
    const { rows } = await sql<SavedSearchRow>`
      select name, query, created_at, seen_at from saved_search where user_id = ${userId} order by id`.execute(
      this.db,
    );
    return rows;
  }
}
