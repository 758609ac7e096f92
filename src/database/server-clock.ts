import { sql, type Kysely } from 'kysely';

/** A time of the server and the time at which it arrived here (`performance.now()`). */
interface Reading {
  serverMs: number;
  arrivedAt: number;
}

// Bounds the error after a change of one clock.
const MAX_AGE_MS = 60_000;
const NEVER = '9999-12-31 00:00:00';

/** Translates times of this process into times of the database server, whose clock may differ. */
export class ServerClock {
  #reading: Reading | null = null;

  /**
   * @param time by `performance.now()`; may be infinite
   * @returns the same instant by `utc_timestamp(6)` of the server, or up to one round trip earlier
   */
  async translate(db: Kysely<never>, time: number): Promise<string> {
    if (time === Infinity) return NEVER;
    if (!this.#reading || performance.now() - this.#reading.arrivedAt > MAX_AGE_MS)
      this.#reading = await read(db);
    const { serverMs, arrivedAt } = this.#reading;
    return new Date(serverMs + time - arrivedAt).toISOString().replace('T', ' ').slice(0, -1);
  }

  /** The next translation reads the clock of the server again. */
  forget(): void {
    this.#reading = null;
  }
}

async function read(db: Kysely<never>): Promise<Reading> {
  const { rows } = await sql<{ now: string }>`select cast(utc_timestamp(6) as char) as now`.execute(db);
  return { serverMs: Date.parse(`${rows[0]!.now.replace(' ', 'T')}Z`), arrivedAt: performance.now() };
}
