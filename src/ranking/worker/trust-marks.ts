import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import type { Tables } from '../model/kysely-tables.js';
import type { LikeEventRow } from './change-feed.js';
import type { Verdict } from './trust-judge.js';

/** Accounts, and likes of them, that one call of apply() covers. */
const MAX_APPLIED_ACCOUNTS = 200;
const MAX_APPLIED_LIKES = 1_000;
/** Properties that a step recomputes because of changed accounts. */
export const MAX_TRUST_CHANGES = 500;

/** The SQL condition that a row `a` of `account_trust` is that of an untrusted account. Staff overrule the rules. */
export const IS_UNTRUSTED = sql<boolean>`coalesce(not a.decision, a.rule is not null)`;

/** Writes which accounts are untrusted, and their likes. Call it in a transaction that has called RankingCheckpoints.lock(). */
@Injectable()
export class TrustMarks extends SqlRepository<Tables> {
  /** Stores the verdicts. The first verdict on an account stays; so a like event may be judged twice. */
  async mark(verdicts: readonly Verdict[]): Promise<void> {
    if (verdicts.length === 0) return;
    const rows = verdicts.map(({ userId, rule, eventId }) => sql`(${userId}, ${rule}, ${eventId}, 0)`);
    // The servers assign from left to right: the first two read the old rule.
    await sql`
      insert into account_trust (user_id, rule, event_id, applied_to) values ${sql.join(rows)}
      on duplicate key update applied_to = if(rule is null and decision is null, 0, applied_to),
        event_id = if(rule is null, values(event_id), event_id), rule = coalesce(rule, values(rule))`.execute(
      this.db,
    );
  }

  /** Removes all verdicts. The decisions of staff stay. */
  async clear(): Promise<void> {
    await sql`update account_trust set rule = null, event_id = null, applied_to = 0`.execute(this.db);
  }

  /** Stores the new likes of accounts that are untrusted already. */
  async addLikes(events: readonly LikeEventRow[]): Promise<void> {
    const liked = events.filter(({ action }) => action === 'liked');
    if (liked.length === 0) return;
    const userIds = [...new Set(liked.map((event) => event.user_id))];
    const { rows } = await sql<{ user_id: number }>`
      select a.user_id from account_trust a where a.user_id in (${sql.join(userIds)}) and ${IS_UNTRUSTED}`.execute(
      this.db,
    );
    const untrusted = new Set(rows.map((row) => row.user_id));
    const likes = liked.filter((event) => untrusted.has(event.user_id));
    await this.#insertIgnore('untrusted_like', ['property_id', 'user_id'], likes);
  }

  /**
   * Moves the likes of accounts whose state has changed, a batch of them, and notes their properties.
   * @returns whether likes remain to be moved
   */
  async apply(): Promise<boolean> {
    // Locked, so that a decision that is made meanwhile is not lost.
    const { rows: accounts } = await sql<{ id: number; after: number; untrusted: number }>`
      select a.user_id as id, a.applied_to as after, ${IS_UNTRUSTED} as untrusted from account_trust a
      where a.applied_to is not null limit ${MAX_APPLIED_ACCOUNTS} for update skip locked`.execute(this.db);
    if (accounts.length === 0) return false;
    let left = MAX_APPLIED_LIKES;
    for (const { id, after, untrusted } of accounts) {
      if (left === 0) break;
      const propertyIds = await this.#findLikesOf(id, after, untrusted === 1, left);
      const pairs = propertyIds.map((propertyId) => ({ property_id: propertyId, user_id: id }));
      if (untrusted) await this.#insertIgnore('untrusted_like', ['property_id', 'user_id'], pairs);
      else if (pairs.length > 0)
        await sql`delete from untrusted_like where user_id = ${id} and property_id in (${sql.join(propertyIds)})`.execute(
          this.db,
        );
      await this.#insertIgnore('trust_change', ['property_id'], pairs);
      const appliedTo = propertyIds.length < left ? null : propertyIds.at(-1)!;
      await sql`update account_trust set applied_to = ${appliedTo} where user_id = ${id}`.execute(this.db);
      left -= propertyIds.length;
    }
    await sql`delete from account_trust where user_id in (${sql.join(accounts.map(({ id }) => id))})
      and rule is null and decision is null and applied_to is null`.execute(this.db);
    return left === 0 || accounts.length === MAX_APPLIED_ACCOUNTS;
  }

  /** The properties to recompute: a batch, and those among `ids`. */
  async findChanges(ids: readonly number[]): Promise<number[]> {
    const changes = sql`select property_id as id from trust_change`;
    const { rows } = await sql<{ id: number }>`
      ${changes} order by property_id limit ${MAX_TRUST_CHANGES}`.execute(this.db);
    if (rows.length < MAX_TRUST_CHANGES || ids.length === 0) return rows.map(({ id }) => id);
    const { rows: among } = await sql<{ id: number }>`
      ${changes} where property_id in (${sql.join(ids)})`.execute(this.db);
    return [...new Set([...rows, ...among].map(({ id }) => id))];
  }

  async deleteChanges(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    await sql`delete from trust_change where property_id in (${sql.join(ids)})`.execute(this.db);
  }

  /** The properties of an account whose likes are to be moved, after a property, in rising order. */
  async #findLikesOf(userId: number, after: number, untrusted: boolean, limit: number): Promise<number[]> {
    const source = untrusted
      ? sql`like_event force index (like_event_pair) where action = 'liked' and`
      : sql`untrusted_like force index (untrusted_like_user) where`;
    const { rows } = await sql<{ id: number }>`
      select distinct property_id as id from ${source} user_id = ${userId} and property_id > ${after}
      order by property_id limit ${limit}`.execute(this.db);
    return rows.map(({ id }) => id);
  }

  async #insertIgnore<Row extends object>(
    table: string,
    columns: readonly (keyof Row & string)[],
    rows: readonly Row[],
  ): Promise<void> {
    if (rows.length === 0) return;
    const tuples = rows.map(
      (row): RawBuilder<unknown> => sql`(${sql.join(columns.map((column) => row[column]))})`,
    );
    await sql`insert ignore into ${sql.table(table)} (${sql.join(columns.map((column) => sql.id(column)))})
      values ${sql.join(tuples)}`.execute(this.db);
  }
}
