import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import type { Config } from '../../src/config/config.js';
import { LegacySyncWorker } from '../../src/legacy-sync/legacy-sync-worker.js';
import { RankingWorker } from '../../src/ranking/worker/ranking-worker.js';
import { startApp } from '../support/app.js';
import { type Answer, ask } from '../support/client.js';
import { Member, SERVICE, USERS } from '../support/failover-member.js';
import { describeWith } from '../support/optional.js';
import { Proxy } from '../support/proxy.js';
import { budget, until } from '../support/until.js';

const POOL = 10;

describeWith('database-server', 'DATABASE_HOST names two servers, of which one accepts writes', () => {
  let members: [Member, Member];
  let proxies: [Proxy, Proxy];
  let app: NestFastifyApplication;

  beforeAll(async () => {
    members = await Promise.all([Member.start(), Member.start()]);
  }, 120_000);
  afterAll(async () => {
    for (const member of members ?? []) await member.stop();
  }, 60_000);

  beforeEach(async () => {
    for (const { database } of members) {
      await database.run('delete from property_likes');
      await database.run('delete from like_event');
    }
    proxies = [new Proxy(members[0].server.config), new Proxy(members[1].server.config)];
    for (const proxy of proxies) await proxy.open();
  });
  afterEach(async () => {
    await app?.close();
    for (const proxy of proxies) await proxy.close();
  });

  const start = async (primary: 0 | 1): Promise<void> => {
    await members[primary].setReadOnly(false);
    await members[1 - primary]!.setReadOnly(true);
    const { config: given } = members[0].database;
    const hosts = proxies.map(({ port }) => ({ host: '127.0.0.1', port }));
    const config: Config = {
      ...given,
      // Equal reads must not share a connection here.
      cacheMaxMb: 0,
      database: { ...given.database, ...SERVICE, hosts, ...hosts[0]! },
    };
    app = await startApp(config);
  };
  const like = (user: number): Promise<Answer> =>
    ask(app, '/v1/properties/1/like', {
      method: 'PUT',
      headers: { authorization: `Bearer ${app.get(AccessTokens).issue(user)}` },
    });
  const read = (): Promise<Answer> => ask(app, '/v1/properties');
  const fillPool = (): Promise<Answer[]> => Promise.all(Array.from({ length: 4 * POOL }, read));
  const likes = async (): Promise<number[]> => [await members[0].likes(), await members[1].likes()];

  it('the first request writes to the second server when only that one accepts writes', async () => {
    await start(1);
    expect((await like(1)).status).toBe(201);
    expect(await likes()).toEqual([0, 1]);
    expect((await ask(app, '/health/ready')).status).toBe(200);
  });

  it('the roles change: likes at once on every connection all get 201, and no connection of the pool stays', async () => {
    await start(0);
    await fillPool();
    await members[0].setReadOnly(true);
    await members[1].setReadOnly(false);
    const answers = await Promise.all(Array.from({ length: 2 * POOL }, (_, i) => like(i + 1)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(await likes()).toEqual([0, 2 * POOL]);
    // The check of the server keeps one.
    await until(async () => (await members[0].connections()) === 1);
  });

  it('the primary is gone: reads go to the other server, writes are a 503, and work soon after it accepts them', async () => {
    await start(0);
    await fillPool();
    // The second server has an old like, so that this one would need no write.
    await members[1].database.run(
      'insert into property_likes (property_id, user_id, created_at) values (1, 2, now())',
    );
    await proxies[0].close();
    await until(async () => (await read()).status === 200);
    for (let user = 1; user <= USERS; user++) {
      const refused = await like(user);
      expect([refused.status, refused.body.type]).toEqual([503, 'urn:problem:read-only']);
      expect((await read()).status).toBe(200);
    }
    await members[1].setReadOnly(false);
    const since = performance.now();
    await until(async () => (await like(1)).status === 201);
    expect(performance.now() - since).toBeLessThan(budget(500));
    await until(async () => (await ask(app, '/health/ready')).status === 200);
  });

  it('the primary freezes: within 5 s the other server is used, also for requests that were sent before', async () => {
    await start(0);
    await fillPool();
    proxies[0].silence();
    await members[1].setReadOnly(false);
    const since = performance.now();
    const waiting = Array.from({ length: 2 * POOL }, (_, i) => like(i + 1));
    await until(async () => (await like(USERS)).status === 201);
    expect(performance.now() - since).toBeLessThan(budget(5_000));
    for (const { status } of await Promise.all(waiting)) expect([201, 503]).toContain(status);
  });

  it('no server is there: a 503, and requests work when one comes back', async () => {
    await start(0);
    await fillPool();
    for (const proxy of proxies) await proxy.close();
    const refused = await like(1);
    expect([refused.status, refused.body.type]).toEqual([503, 'urn:problem:unavailable']);
    await proxies[0].open();
    await until(async () => (await like(1)).status === 201);
  });

  it('the workers follow, and end with the app', async () => {
    await start(0);
    app.get(LegacySyncWorker).start();
    app.get(RankingWorker).start();
    const ranked = async (member: Member): Promise<boolean> =>
      (await member.database.run('select 1 from ranking where total > 0')).length > 0;
    expect((await like(1)).status).toBe(201);
    await until(() => ranked(members[0]));
    await members[0].setReadOnly(true);
    await members[1].setReadOnly(false);
    expect((await like(2)).status).toBe(201);
    await until(() => ranked(members[1]));
    await app.close();
    await until(async () => (await members[0].connections()) + (await members[1].connections()) === 0);
  });
});
