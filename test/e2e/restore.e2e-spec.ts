import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import type { Config } from '../../src/config/config.js';
import { addUsers, PASSWORD } from '../support/accounts.js';
import { Backup } from '../support/backup.js';
import { TestDatabase } from '../support/database.js';
import { addProperties } from '../support/factories.js';
import { KillableServer } from '../support/killable-server.js';
import { expectConsistentLikes } from '../support/likes.js';
import { describeWith } from '../support/optional.js';
import { listening, type Run, startProcess } from '../support/process.js';
import { until } from '../support/until.js';

const COMMANDS = fileURLToPath(new URL('../../dist/commands/', import.meta.url));
const LOGGED = ['--log-bin=binlog', '--server-id=1', '--binlog-format=ROW'];
/** The stored rows that are not derived, in a fixed order. */
const SOURCES = [
  'select id, price, address, city from property order by id',
  'select id, property_id, status_id from status_history order by id',
  'select property_id, user_id, created_at from property_likes order by property_id, user_id',
  'select id, username, password from auth_user order by id',
  'select id, property_id from property_audit order by id',
];

describeWith('backup', 'a backup and the binary log', () => {
  let server: KillableServer;
  let administrator: Config['database'];
  let database: TestDatabase;
  let backup: Backup;
  let folder: string;
  let run: Run;
  let address: string;
  let users: number[];
  let properties: number[];
  let staff: number;

  const start = async (): Promise<void> => {
    run = startProcess(database);
    address = await listening(run);
  };
  const send = async (method: string, path: string, user: number | null, body?: object) => {
    const token = user === null ? {} : { authorization: `Bearer ${tokenOf(user)}` };
    const answer = await fetch(address + path, {
      method,
      headers: { ...token, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const content = await answer.text();
    return { status: answer.status, body: content.startsWith('{') ? JSON.parse(content) : undefined };
  };
  const tokenOf = (user: number): string => new AccessTokens(database.config).issue(user);
  const signIn = async (username: string): Promise<string> => {
    const answer = await send('POST', '/v1/auth/login', null, { username, password: PASSWORD });
    expect(answer.status).toBe(200);
    return answer.body.refreshToken;
  };
  const follow = async (): Promise<number> =>
    (await send('GET', '/v1/changes?limit=1000', null)).body.page.next;
  const command = async (name: string): Promise<string> => {
    const env = { ...process.env, ...database.environment, DATABASE_USER: administrator.user };
    const child = spawn(process.execPath, [`${COMMANDS}${name}.js`], { env });
    const [output, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    expect([code, code === 0 ? '' : errors]).toEqual([0, '']);
    return output;
  };
  const readSources = () => Promise.all(SOURCES.map((statement) => database.run(statement)));

  /** Users like and unlike, staff edit, and another program writes, until `over`. @returns the number of answers */
  async function load(over: () => boolean): Promise<number> {
    const statuses: number[] = [];
    const program = await TestDatabase.connect(database.config, administrator.user);
    const writers = users.map(async (user, first) => {
      for (let i = first; !over(); i++) {
        const id = properties[i % properties.length]!;
        const method = Math.floor(i / properties.length) % 2 ? 'DELETE' : 'PUT';
        statuses.push((await send(method, `/v1/properties/${id}/like`, user)).status);
        if (i % 5 === 0)
          statuses.push((await send('PATCH', `/v1/properties/${id}`, staff, { price: 1_000 + i })).status);
      }
    });
    for (let i = 0; !over(); i++) {
      const id = properties[i % properties.length]!;
      await program.run('update property set price = price + 7 where id = ?', [id]);
      await program.run(
        `insert ignore into property_likes (property_id, user_id, created_at) values (?, ?, utc_timestamp())`,
        [id, staff],
      );
    }
    await Promise.all(writers);
    await program.close();
    expect(statuses.filter((status) => ![200, 201, 204].includes(status))).toEqual([]);
    return statuses.length;
  }
  const loadFor = async (ms: number): Promise<number> => {
    const end = performance.now() + ms;
    return load(() => performance.now() > end);
  };

  beforeAll(async () => {
    server = await KillableServer.start(LOGGED);
    administrator = await server.withAdministrator();
    database = await TestDatabase.create({ server: administrator, name: `${administrator.name}_test` });
    folder = mkdtempSync(join(tmpdir(), 'backup-'));
    backup = new Backup(database.owner, folder, await database.isMariaDb());
    properties = await addProperties(
      database,
      Array.from({ length: 10 }, () => ({})),
    );
    users = await addUsers(database, ['ana', 'beto', 'carla', 'dario']);
    [staff] = (await addUsers(database, ['sonia'], { isStaff: true })) as [number];
    await start();
  }, 180_000);
  afterAll(async () => {
    run?.child.kill('SIGKILL');
    await database?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('restore everything up to a moment, and nothing after it', async () => {
    const signedIn = await signIn('ana');
    let dumped = false;
    const dumping = backup.dump().then(() => (dumped = true));
    expect(await load(() => dumped)).toBeGreaterThan(0);
    await dumping;
    await loadFor(1_000);
    const followed = await follow();
    const atMoment = await readSources();
    await database.run('truncate table property_likes');

    // The lost time.
    await loadFor(500);
    const signedInLater = await signIn('beto');
    const body = { address: 'Calle 1', city: 'Cali', price: 1_000_000, status: 'en_venta' };
    const lost = (await send('POST', '/v1/properties', staff, body)).body.id;
    const followedLater = await follow();
    run.child.kill('SIGTERM');
    await run.ended;

    const logs = await backup.copyLogs();
    const end = await backup.find(logs, /truncate table property_likes/);
    const { name } = database.config.database;
    await database.run(`drop database ${name}`);
    await database.run(`create database ${name} character set utf8mb4 collate utf8mb4_unicode_ci`);
    await backup.restore(logs, end);
    await database.close();
    database = await TestDatabase.connect(database.config, administrator.user);
    expect(await readSources()).toEqual(atMoment);
    await command('migrate');
    await command('after-restore');
    await start();

    // Likes, ranking and search agree.
    await until(async () => {
      const [row] = await database.run<{ differences: number }>(
        `select count(*) as differences from property p left join ranking r on r.property_id = p.id
         where coalesce(r.total, 0) <> (select count(*) from property_likes l where l.property_id = p.id)
            or (select count(*) from like_event e where e.property_id = p.id and e.action = 'liked')
             - (select count(*) from like_event e where e.property_id = p.id and e.action = 'unliked')
             <> (select count(*) from property_likes l where l.property_id = p.id)`,
      );
      return Number(row!.differences) === 0;
    });
    await expectConsistentLikes(database);
    expect(await command('rebuild')).toContain(
      'corrected 0 current statuses, 0 rows of the search tables and 0 rows of the ranking',
    );
    const { body: list } = await send('GET', '/v1/properties?sort=price&limit=100', null);
    const prices = await database.run('select id, price from property order by price, id');
    expect(list.items.map((item: { id: number; price: number }) => [item.id, item.price])).toEqual(
      prices.map(({ id, price }) => [id, Number(price)]),
    );

    // A sign-in before the moment stands; a later one does not.
    const refresh = async (refreshToken: string) =>
      (await send('POST', '/v1/auth/refresh', null, { refreshToken })).status;
    expect([await refresh(signedIn), await refresh(signedInLater)]).toEqual([200, 401]);

    // The id of the lost property is not given out again, and followers of the feed start again.
    expect((await send('POST', '/v1/properties', staff, body)).body.id).toBeGreaterThan(lost);
    for (const after of [followed, followedLater])
      expect((await send('GET', `/v1/changes?after=${after}`, null)).status).toBe(410);
  }, 300_000);
});
