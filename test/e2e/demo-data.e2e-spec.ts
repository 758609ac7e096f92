import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { startEnvironment } from '../../scripts/start-environment.mjs';
import { TestDatabase } from '../support/database.js';
import { useDatabases } from '../support/suite.js';

const CLONE = fileURLToPath(new URL('../..', import.meta.url));
const DEMO_PASSWORDS = /tres-casas-azules|siete-puertas-verdes/;

const create = useDatabases();
let database: TestDatabase;
beforeEach(async () => {
  database = await create({ migrated: false });
});

async function count(table: string): Promise<number> {
  const [row] = await database.run<{ n: number }>(`select count(*) as n from ${table}`);
  return Number(row!.n);
}

/** Runs the command that `npm start` and compose run before the server starts. */
async function setUp(settings: Record<string, string>): Promise<string> {
  const setup = spawn(process.execPath, [join(CLONE, 'dist/commands/migrate-and-seed.js')], {
    // Outside the clone, so that it does not read a developer's .env.
    cwd: join(CLONE, 'test'),
    env: { ...database.environment, ...settings },
  });
  const output = Promise.all([text(setup.stdout), text(setup.stderr)]);
  const [code] = (await once(setup, 'close')) as [number];
  const printed = (await output).join('');
  if (code !== 0) throw new Error(printed);
  return printed;
}

describe('an empty database', () => {
  it.each<Record<string, string>>([{}, { DEMO_DATA: 'false' }])(
    'gets migrations and nothing else with %j',
    async (settings) => {
      const printed = await setUp(settings);
      expect(printed).toMatch(/^Migrated: /);
      expect(printed).not.toMatch(/demo/i);
      expect(await count('property')).toBe(0);
      expect(await count('auth_user')).toBe(0);
    },
    60_000,
  );

  it('gets demo data and demo accounts with DEMO_DATA=true', async () => {
    const printed = await setUp({ DEMO_DATA: 'true' });
    expect(printed).toMatch(/Demo user {3}demo with the password/);
    expect(await count('property')).toBe(3_000);
    expect(await count('auth_user')).toBeGreaterThan(600);
    // A restart without DEMO_DATA does not advertise the accounts.
    expect(await setUp({})).not.toMatch(DEMO_PASSWORDS);
  }, 240_000);
});

describe('npm start', () => {
  it('loads no demo data into a database that DATABASE_HOST names', async () => {
    const start = spawn(process.execPath, ['scripts/start.mjs'], {
      cwd: CLONE,
      env: { ...database.environment, DEMO_DATA: '', PORT: String(20_000 + (process.pid % 10_000)) },
    });
    let printed = '';
    for (const stream of [start.stdout, start.stderr])
      stream.on('data', (chunk) => (printed += String(chunk)));
    const ended = once(start, 'close');
    while (start.exitCode === null && !printed.includes('Ready in'))
      await Promise.race([once(start.stdout, 'data'), ended]);
    start.kill('SIGINT');
    await ended;
    expect(printed).toContain('Ready in');
    expect(printed).not.toMatch(DEMO_PASSWORDS);
    expect(await count('property')).toBe(0);
    expect(await count('auth_user')).toBe(0);
  }, 120_000);

  const PRIVATE = { DATABASE_HOST: '127.0.0.1', DATABASE_PORT: '1' };
  it.each([
    { database: 'private', settings: {}, env: PRIVATE, demo: 'true' },
    { database: 'private', settings: { DEMO_DATA: 'false' }, env: PRIVATE, demo: 'false' },
    { database: 'named', settings: {}, env: {}, demo: undefined },
    { database: 'named', settings: { DEMO_DATA: 'true' }, env: {}, demo: 'true' },
  ])('with a $database database and $settings: DEMO_DATA is $demo', ({ settings, env, demo }) => {
    expect(startEnvironment({ ...settings, JWT_SECRET: 'secret' }, env).DEMO_DATA).toBe(demo);
  });
});
