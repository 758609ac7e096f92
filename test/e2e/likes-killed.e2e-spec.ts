import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config/config.js';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties } from '../support/factories.js';
import { expectConsistentLikes } from '../support/likes.js';
import { until } from '../support/until.js';

const CLONE = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = `killed-${process.pid}`;
const hasServer = ['mysqld', 'mariadbd'].some(
  (program) =>
    spawnSync(program, ['--no-defaults', '--version'], { env: { PATH: `${process.env.PATH}:/usr/sbin` } })
      .status === 0,
);
// A server that belongs to somebody else is not ours to kill, and .env may name one.
const canKill = hasServer && process.platform === 'linux' && !existsSync(`${CLONE}.env`);
// Skipped where no server program is installed, such as in the compose test service: its database runs elsewhere.
const describeIfPossible = canKill ? describe : describe.skip;

let keeper: ChildProcess;
let settings: Record<string, string>;

beforeAll(async () => {
  if (!canKill) return;
  keeper = spawn(process.execPath, [`${CLONE}test/support/private-database.mjs`, FOLDER], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(keeper.stdout!, 'data')) as [Buffer];
  settings = JSON.parse(String(line)) as Record<string, string>;
}, 60_000);
afterAll(async () => {
  if (!canKill) return;
  keeper.stdin!.end();
  await once(keeper, 'exit');
  rmSync(`${CLONE}.local/${FOLDER}`, { recursive: true, force: true });
}, 60_000);

/** As a power failure would: without a last word. */
function killServer(): void {
  const pid = readdirSync('/proc').find((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8')
        .split('\0')
        .includes(`--port=${settings.DATABASE_PORT}`);
    } catch {
      return false; // It has just ended.
    }
  });
  process.kill(Number(pid), 'SIGKILL');
}

describeIfPossible('the database killed in the middle of likes', () => {
  it('every like that was answered with 2xx is there afterwards, and the service heals by itself', async () => {
    const database = await TestDatabase.create({ server: readConfig(settings).database });
    const app = await startApp(database.config);
    try {
      const homes = await addProperties(
        database,
        Array.from({ length: 20 }, () => ({})),
      );
      const people = await addUsers(
        database,
        Array.from({ length: 40 }, (_, i) => `person-${i}`),
      );
      const tokens = app.get(AccessTokens);
      const answered = new Map<string, number>();
      const statuses: number[] = [];
      const over = new AbortController();
      const load = Promise.all(
        people.map(async (person, n) => {
          const headers = { authorization: `Bearer ${tokens.issue(person)}` };
          for (let i = n; !over.signal.aborted; i++) {
            const home = homes[i % homes.length]!;
            const method = Math.floor(i / homes.length) % 2 === 0 ? 'PUT' : 'DELETE';
            const { status } = await ask(app, `/v1/properties/${home}/like`, { method, headers });
            statuses.push(status);
            // What was answered with an error may have been done or not; what comes after tells.
            if (status < 300) answered.set(`${home} ${person}`, status);
            else answered.delete(`${home} ${person}`);
            // A refused request comes back at once.
            await new Promise((resolve) => setTimeout(resolve, status < 300 ? 0 : 20));
          }
        }),
      );
      for (let kill = 1; kill <= 2; kill++) {
        const before = statuses.length;
        await until(async () => statuses.slice(before).filter((status) => status < 300).length > 300);
        killServer();
        await until(async () => statuses.includes(503));
        await until(async () => (await ask(app, '/health/ready')).status === 200);
      }
      const healed = statuses.length;
      await until(async () => statuses.slice(healed).filter((status) => status < 300).length > 100);
      over.abort();
      await load;
      // 200 after a like that was answered with an error, and was done.
      expect(statuses.filter((status) => ![200, 201, 204, 503].includes(status))).toEqual([]);
      const rows = await database.run<{ pair: string }>(
        "select concat(property_id, ' ', user_id) as pair from property_likes",
      );
      const standing = new Set(rows.map(({ pair }) => pair));
      for (const [pair, status] of answered)
        expect([pair, standing.has(pair)]).toEqual([pair, status !== 204]);
      await expectConsistentLikes(database);
    } finally {
      await app.close();
      await database.drop();
    }
  }, 120_000);
});
