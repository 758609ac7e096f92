import type { MikroORM } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import { migrations } from './migrations/index.js';
import { MigrationPlan } from './migrations/migration-plan.js';
import { AdvisoryLock } from './advisory-lock.js';

const LOCK_SECONDS = 3_600;
const TABLE_LOCK_SECONDS = 2;
const NO_SUCH_TABLE = 1146;
/** A part of what migrations have made of tables that others can put others in the place of. */
const MARKS = {
  property: '20261122000100-listing-columns',
  property_likes: '20261122000400-likes',
} as const;

/** Tables are not those that were migrated: a backup was restored over them. */
export class TablesReplaced extends Error {
  constructor(tables: readonly string[]) {
    super(
      `This database was migrated, but ${tables.join(' and ')} ${tables.length > 1 ? 'have' : 'has'} nothing of it: was a backup restored over it?\n` +
        'Run the DROP TABLE statements of the SQL that rolls back (docs/adoption.md), and migrate again.',
    );
  }
}

/**
 * Brings the database up to date. Of several processes that start at once one migrates and the others wait. All is done on
 * the connection that holds the lock: after a process was killed, what the server still does for it is over before another
 * goes on.
 * @returns the names of the migrations that were run
 * @throws TablesReplaced
 */
export async function migrate(orm: MikroORM): Promise<string[]> {
  return orm.em
    .getKysely<never>()
    .connection()
    .execute(async (connection) => {
      const lock = new AdvisoryLock(connection, 'migrate');
      if (!(await lock.take(LOCK_SECONDS)))
        throw new Error('Another process has been migrating this database for an hour.');
      try {
        // What changes a table waits for no longer for those who use it: they wait behind it.
        await sql`set session lock_wait_timeout = ${sql.lit(TABLE_LOCK_SECONDS)}`.execute(connection);
        const storage = orm.migrator.getStorage();
        const executed = new Set(await storage.executed());
        await requireMigrated(connection, executed);
        const pending = migrations.filter(({ name }) => !executed.has(name));
        for (const { name, class: Migration } of pending) {
          const migration = new Migration(orm.em.getDriver(), orm.config);
          migration.setTransactionContext(connection);
          await migration.up();
          await storage.logMigration({ name });
        }
        return pending.map(({ name }) => name);
      } finally {
        await sql`set session lock_wait_timeout = default`.execute(connection);
        await lock.release();
      }
    });
}

/** What `migrate()` would do now; only reads. @throws TablesReplaced */
export async function planMigrations(orm: MikroORM): Promise<MigrationPlan> {
  const plan = new MigrationPlan();
  for (const { class: Migration } of await pendingMigrations(orm)) {
    const migration = new Migration(orm.em.getDriver(), orm.config);
    migration.plan = plan;
    await migration.up();
  }
  return plan;
}

/**
 * Whether all migrations have been run, and their tables are there; only reads.
 * @throws what the database says when it can't be asked
 */
export async function isMigrated(orm: MikroORM): Promise<boolean> {
  try {
    return (await pendingMigrations(orm)).length === 0;
  } catch (error) {
    if (error instanceof TablesReplaced) return false;
    throw error;
  }
}

async function pendingMigrations(orm: MikroORM): Promise<typeof migrations> {
  try {
    const { rows } = await sql<{ name: string }>`select name from mikro_orm_migrations`.execute(
      orm.em.getKysely(),
    );
    const done = new Set(rows.map(({ name }) => name));
    await requireMigrated(orm.em.getKysely(), done);
    return migrations.filter(({ name }) => !done.has(name));
  } catch (error) {
    if ((error as { errno?: number }).errno === NO_SUCH_TABLE) return migrations;
    throw error;
  }
}

/** @throws TablesReplaced */
async function requireMigrated<Tables>(db: Kysely<Tables>, done: ReadonlySet<string>): Promise<void> {
  const { rows } = await sql<Record<keyof typeof MARKS, number>>`
    select (
      select count(*) from information_schema.columns
      where table_schema = database() and table_name = 'property' and column_name = 'availability'
    ) as property, (
      select count(*) from information_schema.statistics
      where table_schema = database() and table_name = 'property_likes' and index_name = 'property_likes_pair'
    ) as property_likes`.execute(db);
  const tables = (Object.keys(MARKS) as (keyof typeof MARKS)[]).filter(
    (table) => done.has(MARKS[table]) && Number(rows[0]?.[table]) === 0,
  );
  if (tables.length > 0) throw new TablesReplaced(tables);
}
