import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { LegacySyncWorker } from '../../src/legacy-sync/legacy-sync-worker.js';
import type { Config } from '../../src/config/config.js';
import { RankingWorker } from '../../src/ranking/worker/ranking-worker.js';
import { PASSWORD, post } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { type Answer, ask } from '../support/client.js';
import { addStatus } from '../support/factories.js';
import { Member, SERVICE, USERS } from '../support/failover-member.js';
import { describeWith } from '../support/optional.js';
import { Proxy } from '../support/proxy.js';
import { budget, until } from '../support/until.js';

const POOL = 10;
describeWith(
  'database-server',
  'the host name leads to another server, and the old server is read-only',
  () => {
    let members: [Member, Member];
    let proxy: Proxy;
    let app: NestFastifyApplication;
    let lines: string[];

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
        await database.run('delete from refresh_token');
        await database.run('delete from sign_in');
      }
      await members[0].setReadOnly(false);
      await members[1].setReadOnly(false);
      proxy = new Proxy(members[0].server.config);
      await proxy.open();
      const { config: given } = members[0].database;
      const config: Config = {
        ...given,
        // Equal reads must not share a connection here.
        cacheMaxMb: 0,
        database: { ...given.database, ...SERVICE, host: '127.0.0.1', port: proxy.port },
      };
      lines = [];
      app = await startApp(config, { log: (line) => lines.push(line) });
    }, 30_000);
    afterEach(async () => {
      await app?.close();
      await proxy?.close();
    });

    const tokenOf = (user: number) => ({
      authorization: `Bearer ${app.get(AccessTokens).issue(user)}`,
    });
    const like = (user: number, property = 1): Promise<Answer> =>
      ask(app, `/v1/properties/${property}/like`, { method: 'PUT', headers: tokenOf(user) });
    /** Enough concurrent requests to open every connection of the pool. */
    const fillPool = async (): Promise<void> => {
      await Promise.all(Array.from({ length: 4 * POOL }, () => ask(app, '/v1/properties')));
      expect(await members[0].connections()).toBe(POOL);
    };
    const failOver = async (): Promise<void> => {
      await members[0].setReadOnly(true);
      proxy.leadTo(members[1].server.config);
    };

    it('likes at once on every connection of the pool all get 201, and the new server has them', async () => {
      await fillPool();
      await failOver();
      const likes = await Promise.all(Array.from({ length: 2 * POOL }, (_, i) => like(i + 1)));
      expect(likes.map(({ status }) => status)).toEqual(likes.map(() => 201));
      expect([await members[0].likes(), await members[1].likes()]).toEqual([0, 2 * POOL]);
    });

    it('every connection leaves the pool, and the pool keeps its size', async () => {
      await fillPool();
      await failOver();
      expect((await like(1)).status).toBe(201);
      await until(async () => (await members[0].connections()) === 0);
      await Promise.all(Array.from({ length: 4 * POOL }, () => ask(app, '/v1/properties')));
      expect(await members[1].connections()).toBe(POOL);
      expect((await ask(app, '/metrics')).text).toMatch(/^database_pool_connections\{state="open"\} 10$/m);
    });

    it('an idle service is ready, and reads from the new server', async () => {
      await fillPool();
      await failOver();
      await members[1].database.run("update property set address = 'Carrera 99' where id = 2");
      // Long enough for each connection to be checked before its next use.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      expect((await ask(app, '/v1/properties/2')).body.address).toBe('Carrera 99');
      expect((await ask(app, '/health/ready')).body).toMatchObject({ status: 'ready', database: 'up' });
      await until(async () => (await members[0].connections()) === 0);
    });

    describe('every request that writes succeeds at once', () => {
      const property = { address: 'Calle 9', city: 'Cali', price: 5, status: 'en_venta' };
      const account = { username: 'marta', email: 'marta@example.com', password: PASSWORD };
      const write = (method: string, url: string, body: object) =>
        ask(app, url, {
          method,
          payload: JSON.stringify(body),
          headers: { 'content-type': 'application/json', ...tokenOf(USERS + 1) },
        });
      const signIn = () => post(app, '/v1/auth/login', { username: 'user-0', password: PASSWORD });

      it.each<[string, number, () => Promise<Answer>]>([
        ['like', 201, () => like(3)],
        ['create', 201, () => write('POST', '/v1/properties', property)],
        ['patch', 200, () => write('PATCH', '/v1/properties/1', { year: 1999 })],
        ['status', 201, () => write('POST', '/v1/properties/3/status', { status: 'vendido' })],
        ['register', 201, () => post(app, '/v1/auth/register', account)],
        ['sign-in', 200, signIn],
      ])('%s', async (_, expected, request) => {
        await fillPool();
        await failOver();
        const { status } = await request();
        // The log says why.
        expect(status === expected ? status : lines.join('\n')).toBe(expected);
      });

      it.each(['refresh', 'logout'])('%s', async (what) => {
        // Both servers have the sign-in and its token, as with replication.
        const { refreshToken } = (await signIn()).body;
        for (const table of ['sign_in', 'refresh_token']) {
          const [row] = await members[0].database.run(`select * from ${table}`);
          const columns = Object.keys(row!);
          await members[1].database.run(
            `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
            Object.values(row!),
          );
        }
        await failOver();
        const { status } = await post(app, `/v1/auth/${what}`, { refreshToken });
        expect(status).toBe(what === 'refresh' ? 200 : 204);
        expect(
          await members[1].database.run('select rotations, ended_at is null as live from sign_in'),
        ).toEqual([what === 'refresh' ? { rotations: 1, live: 1 } : { rotations: 0, live: 0 }]);
      });
    });

    it('no server accepts writes: likes get a 503 read-only, reads work, readiness says read-only, few connections are opened', async () => {
      await fillPool();
      await members[1].setReadOnly(true);
      await failOver();
      const before = await members[1].connectionsEver();
      const start = performance.now();
      for (let i = 1; i <= USERS; i++) {
        const refused = await like(i);
        expect([refused.status, refused.body.type, refused.headers['retry-after']]).toEqual([
          503,
          'urn:problem:read-only',
          '5',
        ]);
        expect((await ask(app, '/v1/properties/1')).status).toBe(200);
      }
      const ready = await ask(app, '/health/ready');
      expect([ready.status, ready.body]).toMatchObject([
        503,
        { status: 'unavailable', database: 'read-only', migrations: 'current', cache: 'off' },
      ]);
      const seconds = (performance.now() - start) / 1_000;
      // The pool is renewed once a second at most, and sooner the first times. One more connection is the administrator's.
      expect((await members[1].connectionsEver()) - before).toBeLessThan((seconds + 6) * POOL);

      await members[1].setReadOnly(false);
      await until(async () => (await like(1)).status < 300);
      await until(async () => (await ask(app, '/health/ready')).status === 200);
    });

    it('the host name changes later than the server: likes soon work again', async () => {
      await fillPool();
      await members[0].setReadOnly(true);
      const start = performance.now();
      const likes = await Promise.all(Array.from({ length: 2 * POOL }, (_, i) => like(i + 1)));
      expect(likes.map(({ status }) => status)).toContain(503);
      proxy.leadTo(members[1].server.config);
      await until(async () => (await like(1)).status === 201);
      expect(performance.now() - start).toBeLessThan(budget(250));
    });

    describe('a group that changes its primary refuses writes where foreign keys cascade', () => {
      const refuse = (): Promise<unknown> =>
        members[0].database.run(
          "create trigger refuse before insert on property_likes for each row signal sqlstate 'HY000' set mysql_errno = 3098",
        );
      const permit = (): Promise<unknown> => members[0].database.run('drop trigger if exists refuse');
      afterEach(permit);

      it('likes wait, and the new primary has them', async () => {
        await fillPool();
        await refuse();
        const likes = Promise.all(Array.from({ length: 2 * POOL }, (_, i) => like(i + 1)));
        await new Promise((resolve) => setTimeout(resolve, 500));
        await failOver();
        expect((await likes).map(({ status }) => status)).toEqual(Array(2 * POOL).fill(201));
        expect([await members[0].likes(), await members[1].likes()]).toEqual([0, 2 * POOL]);
      });

      it('a change takes too long: likes get a 503 read-only, and then work again', async () => {
        await refuse();
        const refused = await like(1);
        expect([refused.status, refused.body.type, refused.headers['retry-after']]).toEqual([
          503,
          'urn:problem:read-only',
          '5',
        ]);
        await permit();
        expect((await like(1)).status).toBe(201);
      });
    });

    it('a server is read-only for a while: then writes work again', async () => {
      await members[0].setReadOnly(true);
      expect((await like(1)).status).toBe(503);
      await members[0].setReadOnly(false);
      await until(async () => (await like(1)).status === 201);
      expect((await ask(app, '/health/ready')).status).toBe(200);
    });

    it('the workers continue on the new server within 5 s, and leave the old one', async () => {
      app.get(LegacySyncWorker).start();
      app.get(RankingWorker).start();
      const [old, fresh] = members;
      const standing = 'select count(*) as n from ranking where total > 0';
      const ranked = async (member: Member): Promise<number> =>
        Number((await member.database.run<{ n: number }>(standing))[0]!.n);
      expect((await like(1, 1)).status).toBe(201);
      await until(async () => (await ranked(old)) > 0);
      await failOver();
      const start = performance.now();
      expect((await like(2, 2)).status).toBe(201);
      await until(async () => (await ranked(fresh)) > 0);
      await addStatus(fresh.database, 2, 'comprado', '2026-06-01 10:00:00');
      await until(async () => (await ask(app, '/v1/properties/2')).status === 404);
      expect(performance.now() - start).toBeLessThan(4 * 5_000);
      await until(async () => (await old.connections()) === 0);
    });

    const isRanking = async (): Promise<boolean> =>
      /^ranking_consumer_active 1$/m.test((await ask(app, '/metrics')).text);

    it('idle workers also leave the old server', async () => {
      app.get(LegacySyncWorker).start();
      app.get(RankingWorker).start();
      await until(isRanking);
      await failOver();
      await until(async () => (await members[0].connections()) === 0);
      await until(isRanking);
      expect(await members[1].connections()).toBeGreaterThan(0);
    });
  },
);
