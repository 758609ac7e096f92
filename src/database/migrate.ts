import type { MikroORM } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { migrations } from './migrations/index.js';
import { ServerLock } from './server-lock.js';

const LOCK_SECONDS = 300;
const NO_SUCH_TABLE = 1146;

/**
 * Brings the database up to date. Of several processes that start at once one migrates and the others wait.
 * @returns the names of the migrations that were run
 */
export async function migrate(orm: MikroORM): Promise<string[]> {
  return orm.em
    .getKysely<never>()
    .connection()
    .execute(async (connection) => {
      const lock = new ServerLock(connection, 'migrate');
      if (!(await lock.take(LOCK_SECONDS)))
        throw new Error('Another process has been migrating this database for minutes.');
      try {
        return (await orm.migrator.up()).map(({ name }) => name);
      } finally {
        await lock.release();
      }
    });
}

/**
 * Whether all migrations have been run; only reads.
 * @throws what the database says when it can't be asked
 */
export async function isMigrated(orm: MikroORM): Promise<boolean> {
  try {
    const { rows } = await sql<{ name: string }>`select name from mikro_orm_migrations`.execute(
      orm.em.getKysely(),
    );
    const done = new Set(rows.map(({ name }) => name));
    return migrations.every(({ name }) => done.has(name));
  } catch (error) {
    if ((error as { errno?: number }).errno === NO_SUCH_TABLE) return false;
    throw error;
  }
}
