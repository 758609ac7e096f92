import type { MikroORM } from '@mikro-orm/mysql';
import { sql } from 'kysely';

const LOCK_SECONDS = 300;

/**
 * Brings the database up to date. Of several processes that start at once one migrates and the others wait.
 * @returns the names of the migrations that were run
 */
export async function migrate(orm: MikroORM): Promise<string[]> {
  return orm.em
    .getKysely()
    .connection()
    .execute(async (connection) => {
      // The server frees the lock when this connection ends, however it ends.
      const lock = sql`concat(left(database(), 40), ':migrate')`;
      const { rows } = await sql<{
        taken: number | null;
      }>`select get_lock(${lock}, ${LOCK_SECONDS}) as taken`.execute(connection);
      if (rows[0]?.taken !== 1)
        throw new Error('Another process has been migrating this database for minutes.');
      try {
        return (await orm.migrator.up()).map(({ name }) => name);
      } finally {
        await sql`select release_lock(${lock})`.execute(connection);
      }
    });
}
