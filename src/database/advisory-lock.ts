import { type Kysely, sql } from 'kysely';

// A holder sends a statement at least every second. After this silence it hangs, or its machine is gone.
const HUNG_SECONDS = 7;

/**
 * A named lock of the server (GET_LOCK). It belongs to one connection, so whatever ends the connection frees it. Each database
 * has its own locks, also when several databases share a server.
 */
export class AdvisoryLock {
  /** @param connection the connection that holds the lock */
  constructor(
    private readonly connection: Kysely<never>,
    private readonly name: string,
  ) {}

  /** @returns false when the lock was not free within `timeoutSeconds` */
  async take(timeoutSeconds: number): Promise<boolean> {
    const { rows } = await sql<{
      taken: number | null;
    }>`select get_lock(${this.#key}, ${timeoutSeconds}) as taken`.execute(this.connection);
    return rows[0]?.taken === 1;
  }

  async release(): Promise<void> {
    await sql`select release_lock(${this.#key})`.execute(this.connection);
  }

  /**
   * Kills the connection of a holder that was silent for 7 seconds. The server rolls back its transaction and frees the lock.
   * @returns true when it killed a connection
   */
  async killHungHolder(): Promise<boolean> {
    const { rows: holders } = await sql<{
      id: number | null;
    }>`select is_used_lock(${this.#key}) as id`.execute(this.connection);
    const id = holders[0]?.id;
    if (!id) return false;
    const { rows } = await sql<{ Id: number; Time: number }>`show processlist`.execute(this.connection);
    const holder = rows.find((row) => row.Id === id);
    if (!holder || holder.Time < HUNG_SECONDS) return false;
    await sql`kill ${sql.lit(id)}`.execute(this.connection);
    return true;
  }

  get #key() {
    // Hashed, because the server limits names to 64 characters and ignores their case.
    return sql`sha2(concat(database(), ':', ${this.name}), 256)`;
  }
}
