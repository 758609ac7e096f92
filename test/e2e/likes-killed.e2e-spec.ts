import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties } from '../support/factories.js';
import { KillableServer } from '../support/killable-server.js';
import { expectConsistentLikes } from '../support/likes.js';
import { describeWith } from '../support/optional.js';
import { until } from '../support/until.js';

let server: KillableServer;
beforeAll(async () => {
  server = await KillableServer.start();
});
afterAll(() => server?.stop());

describeWith('database-server', 'a database that is killed during likes', () => {
  it('the database keeps every like that was answered with 2xx, and the service recovers by itself', async () => {
    const database = await TestDatabase.create({ server: server.config });
    const app = await startApp(database.config);
    try {
      const properties = await addProperties(
        database,
        Array.from({ length: 20 }, () => ({})),
      );
      const users = await addUsers(
        database,
        Array.from({ length: 40 }, (_, i) => `user-${i}`),
      );
      const tokens = app.get(AccessTokens);
      const answered = new Map<string, number>();
      const statuses: number[] = [];
      const over = new AbortController();
      const load = Promise.all(
        users.map(async (user, n) => {
          const headers = { authorization: `Bearer ${tokens.issue(user)}` };
          for (let i = n; !over.signal.aborted; i++) {
            const property = properties[i % properties.length]!;
            const method = Math.floor(i / properties.length) % 2 === 0 ? 'PUT' : 'DELETE';
            const { status } = await ask(app, `/v1/properties/${property}/like`, { method, headers });
            statuses.push(status);
            // A request that failed may have been committed or not.
            if (status < 300) answered.set(`${property} ${user}`, status);
            else answered.delete(`${property} ${user}`);
            // The service refuses requests at once.
            await new Promise((resolve) => setTimeout(resolve, status < 300 ? 0 : 20));
          }
        }),
      );
      for (let kill = 1; kill <= 2; kill++) {
        const before = statuses.length;
        await until(async () => statuses.slice(before).filter((status) => status < 300).length > 300);
        server.kill();
        await until(async () => statuses.slice(before).includes(503));
        await until(async () => (await ask(app, '/health/ready')).status === 200);
      }
      const healed = statuses.length;
      await until(async () => statuses.slice(healed).filter((status) => status < 300).length > 100);
      over.abort();
      await load;
      // 200 follows a like that was committed and answered with an error.
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
  });
});
