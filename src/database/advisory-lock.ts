import { type Kysely, sql } from 'kysely';

// A holder says something every second. One that has not for so long hangs, or its machine is gone.
const HUNG_SECONDS = 7;

/**
 * A lock of the server that belongs to one connection: whatever ends the connection frees it. Each database has its own,
 * also where several share a server.
 */
export class AdvisoryLock {
  /** @param connection the one that holds it */
  constructor(
    private readonly connection: Kysely<never>,
    private readonly name: string,
  ) {}

  /** @returns whether it was to be had within so many seconds */
  async take(seconds: number): Promise<boolean> {
    const { rows } = await sql<{
      taken: number | null;
    }>`select get_lock(${this.#key}, ${seconds}) as taken`.execute(this.connection);
    return rows[0]?.taken === 1;
  }

  async release(): Promise<void> {
    await sql`select release_lock(${this.#key})`.execute(this.connection);
  }

  /** Ends the connection of a holder that has been silent for too long; what it had begun is rolled back. */
  async takeFromHung(): Promise<boolean> {
    const { rows: holders } = await sql<{
      id: number | null;
    }>`select is_used_lock(${this.#key}) as id`.execute(this.connection);
    const id = holders[0]?.id;
    if (!id) return false;
    const { rows } = await sql<{ Id: number; Time: number }>`show processlist`.execute(this.connection);
    const holder = rows.find((row) => Number(row.Id) === Number(id));
    if (!holder || Number(holder.Time) < HUNG_SECONDS) return false;
    await sql`kill ${sql.lit(Number(id))}`.execute(this.connection);
    return true;
  }

  get #key() {
    // By a hash: names of locks are short, and overlook case.
    return sql`sha2(concat(database(), ':', ${this.name}), 256)`;
  }
}
