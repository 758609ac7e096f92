import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { Member, SERVICE } from '../support/failover-member.js';
import { describeWith } from '../support/optional.js';
import { Proxy } from '../support/proxy.js';
import { budget, until } from '../support/until.js';

const READERS = 12;
const PATHS = ['/v1/properties', '/v1/properties/1', '/v1/properties/1/similar', '/v1/places?q=b'];

/** The second server is the replica. The test copies the heartbeat and the versions, so it decides how far the replica is behind. */
describeWith('database-server', 'DATABASE_REPLICA_HOSTS names a replica', () => {
  let primary: Member;
  let replica: Member;
  let proxy: Proxy;
  let app: NestFastifyApplication;
  /** Null: the replication is stopped. */
  let lagMs: number | null;
  let copying: NodeJS.Timeout;

  beforeAll(async () => {
    [primary, replica] = await Promise.all([Member.start(), Member.start()]);
    await replica.database.run("update property set address = 'replica' where id = 1");
  }, 120_000);
  afterAll(async () => {
    for (const member of [primary, replica]) await member?.stop();
  }, 60_000);

  const copyBeat = async (): Promise<void> => {
    const [row] = await primary.database.run<{ beat: number }>(
      'select beat_at as beat from replica_heartbeat',
    );
    if (lagMs !== null)
      await replica.database.run('update replica_heartbeat set beat_at = ?', [row!.beat - lagMs]);
  };
  const copyVersion = async (): Promise<void> => {
    const [row] = await primary.database.run<{ version: number }>('select version from search_state');
    await replica.database.run('update search_state set version = ?', [row!.version]);
  };
  beforeEach(async () => {
    lagMs = 0;
    await copyVersion();
    copying = setInterval(() => void copyBeat(), 50);
    proxy = new Proxy(replica.server.config);
    await proxy.open();
  });
  afterEach(async () => {
    await app.close();
    await proxy.close();
    clearInterval(copying);
  });

  const start = async (cacheMaxMb = 0): Promise<void> => {
    const { config: given } = primary.database;
    const replicaHosts = [{ host: '127.0.0.1', port: proxy.port }];
    const { host, port } = given.database;
    const database = { ...given.database, ...SERVICE, hosts: [{ host, port }], replicaHosts };
    app = await startApp({ ...given, cacheMaxMb, database });
  };
  const addressOf1 = async (headers = {}): Promise<string> =>
    (await ask(app, '/v1/properties/1', { headers })).body.address;
  const usesReplica = async (): Promise<boolean> => (await addressOf1()) === 'replica';
  const tokenOf = (user: number) => ({ authorization: `Bearer ${app.get(AccessTokens).issue(user)}` });
  const likesOf1 = async (headers = {}): Promise<number> =>
    (await ask(app, '/v1/properties/1/likes', { headers })).body.count;
  const metric = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name} (.+)$`, 'm').exec((await ask(app, '/metrics')).text)?.[1] ?? NaN);
  const nameOfReplica = (): string => `127.0.0.1:${proxy.port}`;

  it('anonymous callers read the replica; staff, and users who ask for their likes, read the primary', async () => {
    await start();
    await until(usesReplica);
    const staff = tokenOf(41);
    expect(await addressOf1(staff)).not.toBe('replica');
    await replica.database.run(
      'insert into property_likes (property_id, user_id, created_at) values (1, 1, now())',
    );
    expect([await likesOf1(), await likesOf1(tokenOf(1))]).toEqual([1, 0]);
    const { items } = (await ask(app, '/v1/properties')).body;
    expect(items.find((item: { id: number }) => item.id === 1).address).toBe('replica');
    expect(await metric(`database_replica_usable{replica="${nameOfReplica()}"}`)).toBe(1);
    expect(await metric(`database_replica_reads_total{server="${nameOfReplica()}"}`)).toBeGreaterThan(2);
  });

  it.each([0, 32])(
    'the next request sees a change that the replica lacks (cache of %d MiB)',
    async (cacheMaxMb) => {
      await start(cacheMaxMb);
      await until(usesReplica);
      const edit = JSON.stringify({ price: 100_000_001 + cacheMaxMb });
      const headers = { ...tokenOf(41), 'content-type': 'application/merge-patch+json' };
      const edited = await ask(app, '/v1/properties/1', { method: 'PATCH', payload: edit, headers });
      expect(edited.status).toBe(200);
      for (let i = 0; i < 5; i++) expect(await usesReplica()).toBe(false);
      await copyVersion();
      await until(usesReplica);
    },
  );

  it('a read waits a moment until the replica has reached the version', async () => {
    await start();
    await until(usesReplica);
    await primary.database.run('update search_state set version = version + 1');
    const read = usesReplica();
    await copyVersion();
    expect(await read).toBe(true);
  });

  it('a replica that stops, or is more than 5 s behind, is left out within a second and comes back', async () => {
    await start();
    for (const fault of [6_000, null]) {
      lagMs = 0;
      await until(usesReplica);
      lagMs = fault;
      if (fault !== null) await copyBeat();
      await until(async () => !(await usesReplica()), fault === null ? budget(7_000) : budget(1_000));
      await until(async () => (await ask(app, '/health/ready')).body.replicas.leftOut === 1);
      expect((await ask(app, '/health/ready')).status).toBe(200);
    }
    lagMs = 0;
    await until(usesReplica);
    // The answer of the probe is kept for a second.
    await until(async () => (await ask(app, '/health/ready')).body.replicas.usable === 1);
  });

  it('an answer is kept for less time when its replica is behind', async () => {
    lagMs = 4_200;
    await start(32);
    await until(usesReplica);
    await replica.database.run("update property set address = 'replica, changed' where id = 1");
    expect(await addressOf1()).toBe('replica, changed');
    await replica.database.run("update property set address = 'replica' where id = 1");
  });

  it.each([
    ['is killed', () => proxy.close()],
    ['freezes', async () => proxy.silence()],
  ])('the replica %s under load: every read is answered', async (_, fail) => {
    await start();
    await until(usesReplica);
    const end = new AbortController();
    const statuses = new Map<number, number>();
    const reader = async (first: number): Promise<void> => {
      for (let i = first; !end.signal.aborted; i++) {
        const { status } = await ask(app, PATHS[i % PATHS.length]!);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const readers = Array.from({ length: READERS }, (_, i) => reader(i));
    const reads = `database_replica_reads_total{server="${nameOfReplica()}"}`;
    await until(async () => (await metric(reads)) > 100);
    await fail();
    await until(async () => !(await usesReplica()), budget(1_000));
    const before = await metric('database_replica_reads_total{server="primary"}');
    await until(async () => (await metric('database_replica_reads_total{server="primary"}')) > before + 100);
    await proxy.close();
    await proxy.open();
    await until(usesReplica);
    end.abort();
    await Promise.all(readers);
    expect([...statuses.keys()]).toEqual([200]);
  });
});
