import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';
import { toDatabaseTime } from '../database/time.js';

/** The kinds of rows, in their order at equal times. */
export const KINDS = { status: 1, price: 2 } as const;

/** A change of a property. Its first four columns are its place in the list. */
export interface ChangeRow {
  /** Without a zone: in the zone of the database's dates. */
  at: string;
  property_id: number;
  kind: (typeof KINDS)[keyof typeof KINDS];
  /** `n` of the price log, or the id of the status row. */
  n: number;
  /** A price (null: unknown, or in another currency), or the id of a public status (null: not public). */
  before: number | null;
  after: number | null;
}
export type ChangePosition = readonly [at: string, propertyId: number, kind: number, n: number];

interface PageQuery {
  /** Without a zone, in the zone of the database's dates. */
  since: string;
  after: ChangePosition | null;
  limit: number;
}

/** The first period that is read for a page. Each further one is longer by this factor. */
const FIRST_DAYS = 30;
const LONGER = 4;

/** Reads what happened to the properties that a user likes now. */
@Injectable()
export class LikeChangesRepository extends SqlRepository {
  /**
   * The next changes, newest first. Of a property that is hidden now: only that it was withdrawn. Reads the time before `after` in periods,
   * until the page is full: so a page does not read all that happened since `since`.
   */
  async findPage(userId: number, query: PageQuery, publicStatusIds: readonly number[]): Promise<ChangeRow[]> {
    for (let days = FIRST_DAYS; ; days *= LONGER) {
      const from = latest(query.since, daysBefore(query.after?.[0], days));
      const rows = await this.#readSince(from, userId, query, publicStatusIds);
      if (rows.length >= query.limit || from === query.since) return rows;
    }
  }

  async #readSince(
    from: string,
    userId: number,
    { after, limit }: PageQuery,
    publicStatusIds: readonly number[],
  ): Promise<ChangeRow[]> {
    const isBeyond = after
      ? sql`(at, property_id, kind, n) < (${after[0]}, ${after[1]}, ${after[2]}, ${after[3]})`
      : sql`true`;
    const { rows } = await sql<ChangeRow>`
      with mine as (
        select p.id, p.availability, p.price_changed_at, p.status_since
        from property_likes l join property p on p.id = l.property_id
        where l.user_id = ${userId} and (p.price_changed_at >= ${from} or p.status_since >= ${from})
      )
      select at, property_id, kind, n, \`before\`, \`after\`
      from (${pricesSince(from)} union all ${statusesSince(from, publicStatusIds)}) changes
      where ${isBeyond} order by at desc, property_id desc, kind desc, n desc limit ${limit}`.execute(
      this.db,
    );
    return rows;
  }
}

/** @param at without a zone; now when undefined */
function daysBefore(at: string | undefined, days: number): string {
  const time = at === undefined ? Date.now() : Date.parse(`${at.replace(' ', 'T')}Z`);
  // An impossible date of an old row has no day before it: '' is the earliest text.
  return Number.isNaN(time) ? '' : toDatabaseTime(new Date(time - days * 86_400_000), '+00:00');
}

const latest = (a: string, b: string): string => (a > b ? a : b);

function pricesSince(since: string): RawBuilder<unknown> {
  return sql`
    select p.at, p.property_id, ${sql.lit(KINDS.price)} as kind, p.n,
      if(b.currency = p.currency, b.price, null) as \`before\`, p.price as \`after\`
    from mine join property_price p on p.property_id = mine.id
    join property_price b on b.property_id = p.property_id and b.n = p.n - 1
    where mine.availability is not null and mine.price_changed_at >= ${since} and p.at >= ${since}`;
}

/** A row that follows one with the same status, and a row between two hidden ones, are no change. */
function statusesSince(since: string, publicStatusIds: readonly number[]): RawBuilder<unknown> {
  // 0 is no status.
  const isPublic = (column: string): RawBuilder<unknown> =>
    sql`${sql.ref(column)} in (${sql.join([0, ...publicStatusIds])})`;
  return sql`
    select update_date, property_id, ${sql.lit(KINDS.status)}, id, if(${isPublic('was')}, was, null),
      if(${isPublic('status_id')}, status_id, null)
    from (
      select h.*, mine.availability,
        lag(h.status_id) over (partition by h.property_id order by h.update_date, h.id) as was
      from mine join status_history h on h.property_id = mine.id where mine.status_since >= ${since}
    ) h
    where update_date >= ${since} and not (status_id <=> was)
      and (${isPublic('status_id')} or ${isPublic('was')})
      and (availability is not null or not ${isPublic('status_id')})`;
}
