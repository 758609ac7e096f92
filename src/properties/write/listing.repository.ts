import type { EntityManager } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import { PUBLIC_STATUSES } from '../model/status.js';
import type { Tables } from '../model/kysely-tables.js';

/** The columns of `property` that a listing fills. */
export interface ListingRow {
  external_ref: string;
  address: string;
  city: string;
  price: number;
  description: string | null;
  year: number | null;
  neighbourhood: string | null;
  property_type: string | null;
  area: number | null;
  bedrooms: number | null;
  bathrooms: number | null;
  parking_spots: number | null;
  stratum: number | null;
  latitude: number | null;
  longitude: number | null;
  currency: string | null;
  /** Absent: when the row is written. */
  created_at?: string;
}

export interface HistoryStep {
  property_id: number;
  status_id: number;
  /** Naive, in the database's zone. */
  update_date: string;
}

/** Every statement that writes `property` and `status_history`, for one transaction. */
export class ListingRepository {
  readonly #db: Kysely<Tables>;

  constructor(em: EntityManager) {
    this.#db = em.getKysely<Tables>();
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#db.selectFrom('property').select('id').limit(1).executeTakeFirst()) === undefined;
  }

  /** The standing rows by reference, locked until the transaction ends. */
  async lockByExternalRef(refs: readonly string[]): Promise<Map<string, ListingRow>> {
    const rows = await this.#db
      .selectFrom('property')
      .selectAll()
      .where('external_ref', 'in', refs)
      .orderBy('id')
      .forUpdate()
      .execute();
    return new Map(rows.map((row) => [row.external_ref as string, row as unknown as ListingRow]));
  }

  async idsByExternalRef(refs: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.#db
      .selectFrom('property')
      .select(['id', 'external_ref'])
      .where('external_ref', 'in', refs)
      .execute();
    return new Map(rows.map((row) => [row.external_ref as string, row.id]));
  }

  /** Inserts new references and overwrites standing ones; of two programs that bring the same one, both succeed. */
  async upsert(rows: readonly ListingRow[]): Promise<void> {
    if (rows.length === 0) return;
    // created_at is filled for all or, by its default, for those without.
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const values = rows.map((row) =>
      columns.map((column) => {
        const value = row[column as keyof ListingRow];
        return value === undefined ? sql`default` : sql`${value}`;
      }),
    );
    // When a listing was created does not change with what is said of it later.
    const changeable = columns.filter((column) => column !== 'created_at');
    await sql`
      insert into property (${sql.join(columns.map((column) => sql.id(column)))})
      values ${sql.join(values.map((row) => sql`(${sql.join(row)})`))}
      on duplicate key update ${sql.join(
        changeable.map((column) => sql`${sql.id(column)} = values(${sql.id(column)})`),
      )}`.execute(this.#db);
  }

  /** Those of `steps` that tell something new: at their time the history has another status, or none yet. */
  async newSteps<Step extends HistoryStep>(steps: readonly Step[]): Promise<Step[]> {
    if (steps.length === 0) return [];
    const standing = await this.#db
      .selectFrom('status_history')
      .select(['property_id', 'status_id', 'update_date'])
      .where('property_id', 'in', [...new Set(steps.map((step) => step.property_id))])
      .orderBy('update_date')
      .orderBy('id')
      .execute();
    const histories = Map.groupBy(standing, ({ property_id: id }) => id);
    return steps.filter((step) => {
      const past = (histories.get(step.property_id) ?? []).filter(
        (row) => row.update_date <= step.update_date,
      );
      const repeated = past.some(
        (row) => row.update_date === step.update_date && row.status_id === step.status_id,
      );
      return !repeated && past.at(-1)?.status_id !== step.status_id;
    });
  }

  async appendHistory(steps: readonly HistoryStep[]): Promise<void> {
    await this.#db
      .insertInto('status_history')
      .values(
        steps.map(({ property_id, status_id, update_date }) => ({ property_id, status_id, update_date })),
      )
      .execute();
  }

  /** The ids of up to `limit` properties above `after`, in order and locked: a walk over the table in batches. */
  async lockBatch(after: number, limit: number): Promise<number[]> {
    const rows = await this.#db
      .selectFrom('property')
      .select('id')
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .forUpdate()
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Those of these properties that nobody else has locked, locked until the transaction ends. */
  async lockFree(ids: readonly number[]): Promise<number[]> {
    if (ids.length === 0) return [];
    const rows = await this.#db
      .selectFrom('property')
      .select('id')
      .where('id', 'in', ids)
      .orderBy('id')
      .forUpdate()
      .skipLocked()
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Those of these properties that there are. */
  async present(ids: readonly number[]): Promise<number[]> {
    if (ids.length === 0) return [];
    const rows = await this.#db.selectFrom('property').select('id').where('id', 'in', ids).execute();
    return rows.map(({ id }) => id);
  }

  /**
   * The only writer of the current status: that of the newest row of status_history, of equal dates the one with the
   * highest id, also where `status` lacks its row (it is hidden then); none without a row. The properties must be locked by this transaction where others may append too.
   * @returns how many properties had another one before
   */
  async refreshCurrentStatus(ids: readonly number[]): Promise<number> {
    const availability = Object.entries(PUBLIC_STATUSES).map(
      ([name, value]) => sql`when ${sql.lit(name)} then ${sql.lit(value)}`,
    );
    // Read first, and written by key: one statement for both would wait for rows that other programs have not committed.
    const { rows } = await sql<{ id: number; status: number; availability: string | null; since: string }>`
      select property_id as id, status_id as status, update_date as since,
        case status.name ${sql.join(availability, sql` `)} end as availability
      from (
        select property_id, status_id, update_date,
          row_number() over (partition by property_id order by update_date desc, id desc) as recency
        from status_history where property_id in (${sql.join(ids)})
      ) ranked left join status on status.id = status_id where recency = 1`.execute(this.#db);
    const newest = new Map(rows.map((row) => [row.id, row]));
    const values = ids.map((id) => {
      const { status = null, availability: shown = null, since = null } = newest.get(id) ?? {};
      return [id, status, shown, since];
    });
    const { numChangedRows } = await sql`
      update json_table(${JSON.stringify(values)}, '$[*]' columns (
        id int path '$[0]', status int path '$[1]', availability varchar(9) path '$[2]', since varchar(19) path '$[3]'
      )) given straight_join property on property.id = given.id
      set property.current_status_id = given.status,
        property.status_since = given.since,
        property.availability = given.availability`.execute(this.#db);
    return Number(numChangedRows ?? 0);
  }
}
