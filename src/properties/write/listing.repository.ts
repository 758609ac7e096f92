import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import { upsert } from '../../database/upsert.js';
import { type HistoryEntry, type MarketPeriods, marketPeriods } from '../model/market.js';
import { type Availability, PUBLIC_STATUSES } from '../model/status.js';
import type { Tables } from '../model/kysely-tables.js';

type OtherColumn =
  | 'id'
  | 'updated_at'
  | 'current_status_id'
  | 'availability'
  | 'status_since'
  | 'market_seconds'
  | 'market_since'
  | 'market_months'
  | 'previous_price'
  | 'price_changed_at';

/**
 * The columns of `property` that come from a listing. Without `created_at`, the database sets the time of the insert; without `photos`,
 * the stored photos stay.
 */
export type ListingRow = Omit<
  Selectable<Tables['property']>,
  OtherColumn | 'external_ref' | 'created_at' | 'photos'
> & {
  external_ref: string;
  created_at?: string;
  photos?: string | null;
};

/** A row to add to `status_history`. */
export interface NewHistoryRow {
  property_id: number;
  status_id: number;
  /** Without a zone: in the zone of the database's dates. */
  update_date: string;
}

/** Writes `property` and `status_history` for imports and for derived data. */
@Injectable()
export class ListingRepository extends SqlRepository<Tables> {
  /** The stored rows by reference, locked until the transaction ends. */
  async lockByExternalRef(refs: readonly string[]): Promise<Map<string, ListingRow>> {
    const rows = await this.db
      .selectFrom('property')
      .selectAll()
      .where('external_ref', 'in', refs)
      .orderBy('id')
      .forUpdate()
      .execute();
    return new Map(rows.map((row) => [row.external_ref as string, row as unknown as ListingRow]));
  }

  async idsByExternalRef(refs: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.db
      .selectFrom('property')
      .select(['id', 'external_ref'])
      .where('external_ref', 'in', refs)
      .execute();
    return new Map(rows.map((row) => [row.external_ref as string, row.id]));
  }

  /** Inserts new references and overwrites stored ones. Two programs that write the same reference both succeed. */
  async upsert(rows: readonly ListingRow[]): Promise<void> {
    // A later listing does not change the creation time.
    await upsert(this.db, 'property', rows, ['created_at']);
  }

  /** @returns the rows of `rows` at whose time the stored history has another status, or none */
  async missingHistory<Row extends NewHistoryRow>(rows: readonly Row[]): Promise<Row[]> {
    if (rows.length === 0) return [];
    const stored = await this.db
      .selectFrom('status_history')
      .select(['property_id', 'status_id', 'update_date'])
      .where('property_id', 'in', [...new Set(rows.map((row) => row.property_id))])
      .orderBy('update_date')
      .orderBy('id')
      .execute();
    const histories = Map.groupBy(stored, ({ property_id: id }) => id);
    return rows.filter((row) => {
      const earlier = (histories.get(row.property_id) ?? []).filter(
        ({ update_date: date }) => date <= row.update_date,
      );
      const isStored = earlier.some(
        ({ update_date: date, status_id: status }) => date === row.update_date && status === row.status_id,
      );
      return !isStored && earlier.at(-1)?.status_id !== row.status_id;
    });
  }

  async appendHistory(rows: readonly NewHistoryRow[]): Promise<void> {
    await this.db
      .insertInto('status_history')
      .values(
        rows.map(({ property_id, status_id, update_date }) => ({ property_id, status_id, update_date })),
      )
      .execute();
  }

  /** The next ids above `after`, ascending. */
  async findIds(after: number, limit: number): Promise<number[]> {
    const rows = await this.db
      .selectFrom('property')
      .select('id')
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Locks the properties that exist among `ids`, and returns their ids. */
  async lock(ids: readonly number[]): Promise<number[]> {
    const rows = await this.db
      .selectFrom('property')
      .select('id')
      .where('id', 'in', ids)
      .orderBy('id')
      .forUpdate()
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Locks the properties that no other transaction has locked (SKIP LOCKED), and returns their ids. */
  async lockSkipLocked(ids: readonly number[]): Promise<number[]> {
    if (ids.length === 0) return [];
    const rows = await this.db
      .selectFrom('property')
      .select('id')
      .where('id', 'in', ids)
      .orderBy('id')
      .forUpdate()
      .skipLocked()
      .execute();
    return rows.map(({ id }) => id);
  }

  /** @returns the ids that exist */
  async findExisting(ids: readonly number[]): Promise<number[]> {
    if (ids.length === 0) return [];
    const rows = await this.db.selectFrom('property').select('id').where('id', 'in', ids).execute();
    return rows.map(({ id }) => id);
  }

  /**
   * Writes what follows from the status history: the current status, and when the property was on the market. Nothing else writes these
   * columns. If other transactions may append history, the caller must have locked the properties.
   * @returns how many properties had another current status
   */
  async refreshCurrentStatus(ids: readonly number[]): Promise<number> {
    const stale = await this.#readStale(ids);
    if (stale.length === 0) return 0;
    const current = stale.map(([id, { status, availability, since }]) => [id, status, availability, since]);
    // Without the forced index MySQL reads all of a small table, and waits for rows that others have locked.
    const { numChangedRows } = await sql`
      update json_table(${JSON.stringify(current)}, '$[*]' columns (
        id int path '$[0]', status int path '$[1]', availability varchar(9) path '$[2]', since varchar(19) path '$[3]'
      )) given straight_join property force index (primary) on property.id = given.id
      set property.current_status_id = given.status,
        property.status_since = given.since,
        property.availability = given.availability`.execute(this.db);
    const periods = stale.map(([id, { market }]) => [id, market.seconds, market.since, market.months]);
    // The days on the market change while time passes: they do not move `updated_at`.
    await sql`
      update json_table(${JSON.stringify(periods)}, '$[*]' columns (
        id int path '$[0]', seconds bigint path '$[1]', since bigint path '$[2]', months varchar(400) path '$[3]'
      )) given straight_join property force index (primary) on property.id = given.id
      set property.market_seconds = given.seconds,
        property.market_since = given.since,
        property.market_months = given.months,
        property.updated_at = property.updated_at`.execute(this.db);
    return Number(numChangedRows ?? 0);
  }

  /** The properties among `ids` whose stored values differ from those that follow from their status history. */
  async findStale(ids: readonly number[]): Promise<number[]> {
    return (await this.#readStale(ids)).map(([id]) => id);
  }

  /** These properties, each with what follows from its status history. */
  async #readStale(ids: readonly number[]): Promise<[id: number, FromHistory][]> {
    if (ids.length === 0) return [];
    const derived = await this.#derive(ids);
    const stored = await this.db
      .selectFrom('property')
      .select([
        'id',
        'current_status_id',
        'availability',
        'status_since',
        'market_seconds',
        'market_since',
        'market_months',
      ])
      .where('id', 'in', ids)
      .execute();
    return stored.flatMap(({ id, ...row }): [number, FromHistory][] => {
      const fromHistory = derived.get(id) ?? WITHOUT_HISTORY;
      const { status, availability, since, market } = fromHistory;
      const isRight =
        row.current_status_id === status &&
        row.availability === availability &&
        row.status_since === since &&
        row.market_seconds === market.seconds &&
        row.market_since === market.since &&
        row.market_months === market.months;
      return isRight ? [] : [[id, fromHistory]];
    });
  }

  /** By property id; without a row of history there is none. A status that the table `status` lacks is hidden. */
  async #derive(ids: readonly number[]): Promise<Map<number, FromHistory>> {
    const availabilityCases = Object.entries(PUBLIC_STATUSES).map(
      ([name, value]) => sql`when ${sql.lit(name)} then ${sql.lit(value)}`,
    );
    // Read apart from the update: a single UPDATE with a join would wait for uncommitted rows of other programs.
    const { rows } = await sql<StoredEntry>`
      select h.property_id, h.status_id, h.update_date as at,
        case status.name ${sql.join(availabilityCases, sql` `)} end as availability
      from status_history h left join status on status.id = h.status_id
      where h.property_id in (${sql.join(ids)}) order by h.property_id, h.update_date, h.id`.execute(this.db);
    const zone = this.em.config.get('timezone')!;
    return new Map(
      [...Map.groupBy(rows, ({ property_id: id }) => id)].map(([id, history]) => {
        const { status_id: status, availability, at: since } = history.at(-1)!;
        return [id, { status, availability, since, market: marketPeriods(history, zone) }];
      }),
    );
  }
}

interface StoredEntry extends HistoryEntry {
  property_id: number;
  status_id: number;
}

interface FromHistory {
  /** The current status: of the newest date, and of equal dates of the highest id. */
  status: number | null;
  availability: Availability | null;
  since: string | null;
  market: MarketPeriods;
}
const WITHOUT_HISTORY: FromHistory = {
  status: null,
  availability: null,
  since: null,
  market: { seconds: null, since: null, months: null },
};
