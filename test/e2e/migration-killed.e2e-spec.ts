import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Migration } from '@mikro-orm/migrations';
import { migrate } from '../../src/database/migrate.js';
import { TestDatabase } from '../support/database.js';
import { KillableServer } from '../support/killable-server.js';
import { fillLegacyTables, legacyBytes, type LegacyShape, createLegacyTables } from '../support/legacy.js';
import { describeWith } from '../support/optional.js';
import { schemaOf } from '../support/schema.js';
import { useDatabases } from '../support/suite.js';
import { until } from '../support/until.js';

const COMMAND = fileURLToPath(new URL('../../dist/commands/migrate.js', import.meta.url));
const SHAPE: LegacyShape = { charset: 'latin1', likes: 'int' };
const PROPERTY_COUNT = 400;
// The number of kills of a process and of a server; MIGRATION_KILLS=20 for a longer run.
const KILLS = Number(process.env.MIGRATION_KILLS ?? 5);
/** Derived tables and their columns, without counters and timestamps. */
const DERIVED: Readonly<Record<string, string>> = {
  property: 'id, current_status_id, availability, status_since, created_at',
  property_search:
    'property_id, availability, status_id, status_since, city_key, city, price, price_step, year',
  property_words: '*',
  facet_count: '*',
  place_name: '*',
  place_term: '*',
  account_email: '*',
  like_event: 'property_id, user_id, action, at',
  mikro_orm_migrations: 'name',
};

// oxlint-disable-next-line typescript/unbound-method -- it is called with the migration that it belongs to
const { execute: EXECUTE } = Migration.prototype;

const createDatabase = useDatabases();
async function create(server?: KillableServer): Promise<TestDatabase> {
  const database = await createDatabase({ migrated: false, server: server?.config });
  await createLegacyTables(database, SHAPE);
  await fillLegacyTables(database, SHAPE, PROPERTY_COUNT);
  return database;
}

async function stateOf(database: TestDatabase): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {
    schema: await schemaOf(database),
    ...(await legacyBytes(database, ['property', 'status', 'status_history', 'auth_user', 'property_likes'])),
  };
  for (const [table, columns] of Object.entries(DERIVED)) {
    const rows = await database.run(`select ${columns} from ${table}`);
    state[`derived ${table}`] = rows.map((row) => JSON.stringify(row)).toSorted();
  }
  return state;
}

/** Runs the built command, and kills it after `killedAfter` milliseconds. */
async function runMigrate(
  database: TestDatabase,
  killedAfter?: number,
): Promise<{ code: number | null; took: number }> {
  const start = performance.now();
  const child = spawn(process.execPath, [COMMAND], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: database.environment,
    stdio: 'ignore',
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const over = new AbortController();
  if (killedAfter !== undefined)
    void sleep(killedAfter, undefined, { signal: over.signal }).then(
      () => child.kill('SIGKILL'),
      () => {},
    );
  const [code] = await ended;
  over.abort();
  return { code, took: performance.now() - start };
}

const migrationsOf = (database: TestDatabase): Promise<object[]> =>
  database.run('select name from mikro_orm_migrations').catch(() => []);

const isThere = (database: TestDatabase): Promise<boolean> =>
  database.run('select 1').then(
    () => true,
    () => false,
  );

/** Random moments of a run that lasts `took` ms, without its first third: the start of the process. */
const moments = (took: number): number[] =>
  Array.from({ length: KILLS }, (_, i) => took * (0.3 + (0.7 * (i + Math.random())) / KILLS));

describe('npm run migrate, interrupted', () => {
  it('before each of its statements: a new run reaches the same state', async () => {
    const whole = await create();
    await migrate(whole.orm);
    const broken = await create();
    const execute = jest.spyOn(Migration.prototype, 'execute');
    let interruptions = 0;
    try {
      for (let reach = 0, noted = -1, done = false; !done;) {
        // A recorded migration does not run again: the next one begins with its first statement.
        const count = (await migrationsOf(broken)).length;
        reach = count > noted ? 0 : reach + 1;
        noted = count;
        let calls = 0;
        execute.mockImplementation(function (this: Migration, ...statement) {
          if (calls++ === reach) throw new Error('interrupted');
          return EXECUTE.apply(this, statement);
        });
        done = await migrate(broken.orm).then(
          () => true,
          () => false,
        );
        if (!done) interruptions++;
      }
    } finally {
      execute.mockRestore();
    }
    expect(interruptions).toBeGreaterThan(50);
    expect(await stateOf(broken)).toEqual(await stateOf(whole));
  });

  it(`a process killed at ${KILLS} moments: a new run reaches the same state`, async () => {
    const whole = await create();
    const { code, took } = await runMigrate(whole);
    expect(code).toBe(0);
    const expected = await stateOf(whole);
    for (const moment of moments(took)) {
      const database = await create();
      await runMigrate(database, moment);
      expect((await runMigrate(database)).code).toBe(0);
      expect([moment, await stateOf(database)]).toEqual([moment, expected]);
    }
  });
});

describeWith('database-server', 'npm run migrate, its server killed', () => {
  let server: KillableServer;
  beforeAll(async () => {
    server = await KillableServer.start();
  });
  afterAll(() => server?.stop());

  it(`at ${KILLS} moments: a new run reaches the same state`, async () => {
    const whole = await create(server);
    const { code, took } = await runMigrate(whole);
    expect(code).toBe(0);
    const expected = await stateOf(whole);
    for (const moment of moments(took)) {
      const database = await create(server);
      const run = runMigrate(database);
      await sleep(moment);
      server.kill();
      await run;
      // The run may have ended before the kill.
      await until(() => isThere(database));
      expect((await runMigrate(database)).code).toBe(0);
      expect([moment, await stateOf(database)]).toEqual([moment, expected]);
    }
  });
});
