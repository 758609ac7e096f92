import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';

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

/** Reads what happened to the properties that a user likes now. */
@Injectable()
export class LikeChangesRepository extends SqlRepository {
  /**
   * The next changes, newest first. Of a property that is hidden now: only that it was withdrawn.
   * @param since without a zone, in the zone of the database's dates
   */
  async findPage(
    userId: number,
    { since, after, limit }: { since: string; after: ChangePosition | null; limit: number },
    publicStatusIds: readonly number[],
  ): Promise<ChangeRow[]> {
    const isBeyond = after
      ? sql`(at, property_id, kind, n) < (${after[0]}, ${after[1]}, ${after[2]}, ${after[3]})`
      : sql`true`;
    const { rows } = await sql<ChangeRow>`
      with mine as (
        select p.id, p.availability from property_likes l join property p on p.id = l.property_id
        where l.user_id = ${userId}
      )
      select at, property_id, kind, n, \`before\`, \`after\`
      from (${pricesSince(since)} union all ${statusesSince(since, publicStatusIds)}) changes
      where ${isBeyond} order by at desc, property_id desc, kind desc, n desc limit ${limit}`.execute(
      this.db,
    );
    return rows;
  }
}

function pricesSince(since: string): RawBuilder<unknown> {
  return sql`
    select p.at, p.property_id, ${sql.lit(KINDS.price)} as kind, p.n,
      if(b.currency = p.currency, b.price, null) as \`before\`, p.price as \`after\`
    from mine join property_price p on p.property_id = mine.id
    join property_price b on b.property_id = p.property_id and b.n = p.n - 1
    where mine.availability is not null and p.at >= ${since}`;
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
      from mine join status_history h on h.property_id = mine.id
    ) h
    where update_date >= ${since} and not (status_id <=> was)
      and (${isPublic('status_id')} or ${isPublic('was')})
      and (availability is not null or not ${isPublic('status_id')})`;
}
