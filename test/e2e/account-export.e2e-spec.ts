import { describe, expect, it } from '@jest/globals';
import { addUsers, signIn } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { addProperty } from '../support/factories.js';
import { app, connect, database, useApp } from '../support/suite.js';

useApp();

/** More than two pages of 1,000. */
const EVENTS = 2_500;

describe('GET /v1/me/export', () => {
  it('has everything of the caller, across pages, and nothing of others', async () => {
    const propertyId = await addProperty(database, { city: 'Cali', price: 5 });
    const [ana, luis] = await addUsers(database, ['ana', 'luis'], { isStaff: true });
    const headers = await signIn(app, 'ana');
    const values = Array.from({ length: EVENTS }, (_, i) => `(?, ?, '${i % 2 ? 'unliked' : 'liked'}', ?)`);
    for (const id of [ana, luis])
      await database.run(
        `insert into like_event (property_id, user_id, action, at) values ${values.join()}`,
        values.flatMap((_, i) => [propertyId, id, `2026-01-01 10:${String(i % 60).padStart(2, '0')}:00`]),
      );
    for (const name of ['ana', 'luis']) {
      const staff = { ...(await signIn(app, name)), 'content-type': 'application/json' };
      await ask(app, `/v1/properties/${propertyId}/like`, { method: 'PUT', headers: staff });
      await ask(app, `/v1/properties/${propertyId}`, {
        method: 'PATCH',
        headers: staff,
        payload: JSON.stringify({ price: 1_000_000 + name.length }),
      });
    }
    await database.run("insert into account_consent values (?, '2026-11', '2026-11-29 10:00:00')", [ana]);

    const { status, headers: sent, body } = await ask(app, '/v1/me/export', { headers });
    expect([status, sent['content-type'], sent['content-disposition']]).toEqual([
      200,
      'application/json; charset=utf-8',
      `attachment; filename="account-${ana}.json"`,
    ]);
    expect(body.account).toMatchObject({
      id: ana,
      username: 'ana',
      email: 'ana@example.com',
      isStaff: true,
      joinedAt: expect.stringMatching(/^2026-01-01T00:00:00[.0]*Z$/),
      lastSignInAt: expect.stringMatching(/^20/),
    });
    expect(body.consents).toEqual([{ privacyPolicyVersion: '2026-11', givenAt: '2026-11-29T10:00:00Z' }]);
    expect(body.signIns).toHaveLength(2);
    expect(body.likes).toEqual([{ propertyId, likedAt: expect.stringMatching(/Z$/) }]);
    expect(body.likeEvents).toHaveLength(EVENTS + 1);
    expect(body.staffEdits).toEqual([
      { propertyId, action: 'updated', at: expect.any(String), changes: expect.stringContaining('1000003') },
    ]);
    expect(JSON.stringify(body)).not.toContain('luis');
  });

  it('503 for a third export at once', async () => {
    await addUsers(database, ['eva']);
    const headers = await signIn(app, 'eva');
    const locker = await connect();
    await locker.run('lock tables account_consent write');
    const asked = [1, 2, 3].map(() => ask(app, '/v1/me/export', { headers }));
    expect((await Promise.race(asked)).status).toBe(503);
    await locker.run('unlock tables');
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 503]);
    for (let i = 0; i < 3; i++)
      expect((await ask(app, '/v1/me/export', { method: 'HEAD', headers })).status).toBe(200);
    expect((await ask(app, '/v1/me/export', { headers })).status).toBe(200);
  });
});
