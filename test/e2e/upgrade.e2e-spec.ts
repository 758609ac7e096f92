import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers } from '../support/accounts.js';
import { Balancer, type Sent } from '../support/balancer.js';
import { TestDatabase } from '../support/database.js';
import { expectConsistentLikes } from '../support/likes.js';
import { describeWith, LAST_RELEASE } from '../support/optional.js';

const THIS = fileURLToPath(new URL('../../', import.meta.url));
/** How long the load goes on after each step. UPGRADE_SECONDS=60 runs the long version. */
const SECONDS = Number(process.env.UPGRADE_SECONDS || 3);
const PROPERTIES = 200;

describeWith('last-release', 'an upgrade from the last release, and back', () => {
  let database: TestDatabase;
  let balancer: Balancer;
  let program: TestDatabase;
  let users: Record<string, string>[];
  let staff: Record<string, string>;
  let properties: number[];

  const command = async (release: string, name: string): Promise<string> => {
    const env = { ...process.env, ...database.environment };
    const { stdout } = await promisify(execFile)(process.execPath, [`${release}dist/commands/${name}.js`], {
      env,
    });
    return stdout;
  };

  beforeAll(async () => {
    database = await TestDatabase.create({ migrated: false });
    await command(LAST_RELEASE, 'migrate');
    program = await TestDatabase.connect(database.config);
    await database.run(
      `insert into property (address, city, price) values ${Array.from({ length: PROPERTIES }, (_, i) => `('Calle ${i}', '${['Cali', 'Tunja'][i % 2]}', ${1_000_000 + i})`).join()}`,
    );
    await database.run(
      `insert into status_history (property_id, status_id, update_date)
       select p.id, s.id, '2026-05-01' from property p join status s on s.name = 'en_venta'`,
    );
    await command(LAST_RELEASE, 'rebuild');
    properties = (await database.run<{ id: number }>('select id from property')).map(({ id }) => id);
    const tokens = new AccessTokens(database.config);
    const headers = (id: number) => ({ authorization: `Bearer ${tokens.issue(id)}` });
    const names = Array.from({ length: 50 }, (_, i) => `user-${i}`);
    users = (await addUsers(database, names)).map((id) => headers(id));
    staff = headers((await addUsers(database, ['sonia'], { isStaff: true }))[0]!);
    balancer = await Balancer.start(database, 2, `${LAST_RELEASE}dist/main.js`);
  }, 300_000);
  afterAll(async () => {
    await balancer?.stop();
    await program?.close();
    await database?.drop();
  }, 60_000);

  function nextRequest(number: number): Sent {
    const id = properties[Math.floor(number / 8) % properties.length]!;
    const user = users[Math.floor(number / 8) % users.length]!;
    const edit = { ...staff, 'content-type': 'application/merge-patch+json' };
    return [
      { method: 'GET', path: `/v1/properties/${id}` },
      { method: 'GET', path: `/v1/properties?city=Cali&sort=price&count=true` },
      { method: 'PUT', path: `/v1/properties/${id}/like`, headers: user },
      { method: 'GET', path: '/v1/properties/facets?city=Tunja' },
      {
        method: 'PATCH',
        path: `/v1/properties/${id}`,
        headers: edit,
        body: JSON.stringify({ price: 1_000_000 + number }),
      },
      { method: 'GET', path: '/v1/ranking/properties?limit=10', headers: staff },
      number % 3
        ? { method: 'DELETE', path: `/v1/properties/${id}/like`, headers: user }
        : { method: 'GET', path: '/v1/me/likes', headers: user },
      { method: 'GET', path: '/v1/properties?q=calle&limit=5', headers: user },
    ][number % 8] as Sent;
  }

  /** Replaces both processes under load, as docs/operators.md says. @returns the failed requests */
  async function replaceAll(main: string, migrating: string): Promise<{ sent: number; failed: string[] }> {
    const over = new AbortController();
    const writes = (async () => {
      for (let i = 0; !over.signal.aborted; i++) {
        const id = properties[(i * 7) % properties.length];
        await program.run('update property set price = price + 3 where id = ?', [id]);
        await program.run(
          'insert ignore into property_likes (property_id, user_id, created_at) select ?, min(id), utc_timestamp() from auth_user',
          [id],
        );
        await pause(20);
      }
    })();
    const load = balancer.startLoad(nextRequest, {
      requestsPerSecond: 40,
      maxPending: 4,
      isFailure: (status) => status >= 400,
    });
    try {
      await pause(SECONDS * 1_000);
      await command(migrating, 'migrate');
      for (const number of [0, 1]) {
        expect((await balancer.replace(number, main)).code).toBe(0);
        await pause(SECONDS * 1_000);
      }
    } finally {
      over.abort();
      await writes;
    }
    return load.stop();
  }

  /** Runs `rebuild` once the last process of the other release has ended, and expects that nothing differs then. */
  async function expectNoDrift(release: string): Promise<void> {
    await command(release, 'rebuild');
    expect(await command(release, 'rebuild')).toMatch(
      /corrected 0 current statuses, 0 rows of the search tables and 0 rows of the ranking/,
    );
    const [row] = await database.run<Record<string, number>>(
      `select (select count(*) from property p left join ranking r on r.property_id = p.id
          where coalesce(r.total, 0) <> (select count(*) from property_likes l where l.property_id = p.id)) as ranking,
        (select count(*) from property p left join property_search s on s.property_id = p.id
          where not (s.price <=> p.price)) as search,
        (select sum(homes) from facet_count where facet = 'all-city') - (select count(*) from property) as counts`,
    );
    expect(Object.values(row!).map(Number)).toEqual([0, 0, 0]);
    await expectConsistentLikes(database);
  }

  it('loses no request, and nothing differs afterwards', async () => {
    const there = await replaceAll(`${THIS}dist/main.js`, THIS);
    await expectNoDrift(THIS);
    // Each property is in the feed with its last change, and the log of prices ends with the present price.
    const [row] = await database.run<{ missed: number; prices: number }>(
      `select (select count(*) from property p left join property_change c on c.property_id = p.id and c.at >= p.updated_at
          where c.property_id is null) as missed,
        (select count(*) from property p join property_price l on l.property_id = p.id
          where l.n = (select max(n) from property_price m where m.property_id = p.id) and l.price <> p.price) as prices`,
    );
    expect([Number(row!.missed), Number(row!.prices)]).toEqual([0, 0]);
    const back = await replaceAll(`${LAST_RELEASE}dist/main.js`, LAST_RELEASE);
    await expectNoDrift(LAST_RELEASE);
    const again = await replaceAll(`${THIS}dist/main.js`, THIS);
    await expectNoDrift(THIS);
    const runs = { there, back, again };
    for (const [name, { sent, failed }] of Object.entries(runs))
      process.stderr.write(`${name}: ${sent} requests, ${failed.length} failed\n`);
    expect(Object.values(runs).flatMap(({ failed }) => failed)).toEqual([]);
  }, 900_000);
});
