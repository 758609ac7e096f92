import { LockMode, type RequiredEntityData } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';
import type { Tables } from './kysely-tables.js';
import { SignIn } from './sign-in.entity.js';

export type SignInRow = Selectable<Tables['sign_in']>;

// Longer than an access token is valid, and than a transaction stays open.
const ENDED_MINUTES = 20;

/**
 * Queries of `sign_in`. A sign-in that is used is an entity; all others are plain rows. The time of an end is the server's, so that
 * all processes find it, whatever their clocks say.
 */
@Injectable()
export class SignInRepository extends SqlRepository<Tables> {
  /** Call inside a transaction. */
  add(signIn: RequiredEntityData<SignIn>): SignIn {
    return this.em.create(SignIn, signIn);
  }

  /** A sign-in, locked until the transaction ends; null when it is unknown. */
  lock(id: string): Promise<SignIn | null> {
    return this.em.findOne(SignIn, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  }

  /** The live sign-ins of a user, the last used one first. */
  findLive(userId: number, now: string): Promise<SignInRow[]> {
    return this.db
      .selectFrom('sign_in')
      .selectAll()
      .where('user_id', '=', userId)
      .where('ended_at', 'is', null)
      .where('ends_at', '>', now)
      .orderBy('last_used_at', 'desc')
      .orderBy('id')
      .execute();
  }

  /** By primary key, so that it locks no gap where a user may be signing in. */
  async end(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.db
      .updateTable('sign_in')
      .set({ ended_at: sql<string>`utc_timestamp()` })
      .where('id', 'in', ids)
      .where('ended_at', 'is', null)
      .execute();
  }

  /** The ids of the sign-ins that ended while one of their access tokens may still be valid. */
  async findEnded(): Promise<string[]> {
    const rows = await this.db
      .selectFrom('sign_in')
      .select('id')
      .where('ended_at', '>', sql<string>`utc_timestamp() - interval ${sql.lit(ENDED_MINUTES)} minute`)
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Deletes sign-ins that were over before `time`. @returns how many, at most `limit` */
  async deleteOver(time: string, limit: number): Promise<number> {
    const rows = await this.db
      .selectFrom('sign_in')
      .select('id')
      .where('ends_at', '<', time)
      // A process of the version before may have issued a token that lives longer.
      .where((is) =>
        is.not(is.exists(is.selectFrom('refresh_token').select('id').whereRef('family', '=', 'sign_in.id'))),
      )
      .orderBy('ends_at')
      .limit(limit)
      .execute();
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) await this.db.deleteFrom('sign_in').where('id', 'in', ids).execute();
    return ids.length;
  }
}
