import type { MikroORM } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import { migrations } from './migrations/index.js';
import { MigrationPlan } from './migrations/migration-plan.js';
import { hasNumber, SERVER_ERRORS } from './server-errors.js';
import { AdvisoryLock } from './advisory-lock.js';

const MIGRATE_LOCK_TIMEOUT_SECONDS = 3_600;
const TABLE_LOCK_TIMEOUT_SECONDS = 2;
/** Tables that a restored backup may replace, and for each the migration whose column or index shows that it was migrated. */
const MARKING_MIGRATIONS = {
  property: '20261122000100-listing-columns',
  property_likes: '20261122000400-likes',
} as const;

/** The migrations are recorded as run, but tables lack their changes: a backup was restored over them. */
export class TablesReplaced extends Error {
  constructor(tables: readonly string[]) {
    super(
      `This database was migrated, but ${tables.join(' and ')} ${tables.length > 1 ? 'have' : 'has'} nothing of it: was a backup restored over it?\n` +
        'Run the DROP TABLE statements of the SQL that rolls back (docs/adoption.md), and migrate again.',
    );
  }
}

/**
 * Runs the pending migrations. When several processes start at once, one migrates and the others wait for an advisory lock. All
 * statements run on the connection that holds the lock. So when a process is killed, the server ends that connection's running
 * statement before another process gets the lock.
 * @returns the names of the migrations that were run
 * @throws TablesReplaced
 * @throws Error when another process holds the lock for an hour
 */
export async function migrate(orm: MikroORM): Promise<string[]> {
  return orm.em
    .getKysely<never>()
    .connection()
    .execute(async (connection) => {
      const lock = new AdvisoryLock(connection, 'migrate');
      if (!(await lock.take(MIGRATE_LOCK_TIMEOUT_SECONDS)))
        throw new Error('Another process has been migrating this database for an hour.');
      try {
        // A statement that waits to change a table blocks all later users of the table, so it must not wait for long.
        await sql`set session lock_wait_timeout = ${sql.lit(TABLE_LOCK_TIMEOUT_SECONDS)}`.execute(connection);
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

/**
 * The statements that `migrate()` would run now. Only reads.
 * @throws TablesReplaced
 */
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
 * True when all migrations have been run and their tables are still there. Only reads.
 * @throws the database's error when it cannot be read
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
    const executed = new Set(rows.map(({ name }) => name));
    await requireMigrated(orm.em.getKysely(), executed);
    return migrations.filter(({ name }) => !executed.has(name));
  } catch (error) {
    if (hasNumber(error, SERVER_ERRORS.NO_TABLE)) return migrations;
    throw error;
  }
}

/** @throws TablesReplaced */
async function requireMigrated<Tables>(db: Kysely<Tables>, executed: ReadonlySet<string>): Promise<void> {
  const { rows } = await sql<Record<keyof typeof MARKING_MIGRATIONS, number>>`
    select (
      select count(*) from information_schema.columns
      where table_schema = database() and table_name = 'property' and column_name = 'availability'
    ) as property, (
      select count(*) from information_schema.statistics
      where table_schema = database() and table_name = 'property_likes' and index_name = 'property_likes_pair'
    ) as property_likes`.execute(db);
  const tables = (Object.keys(MARKING_MIGRATIONS) as (keyof typeof MARKING_MIGRATIONS)[]).filter(
    (table) => executed.has(MARKING_MIGRATIONS[table]) && rows[0]?.[table] === 0,
  );
  if (tables.length > 0) throw new TablesReplaced(tables);
}
