import { describe, expect, it } from '@jest/globals';
import { addUsers, signIn } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { addProperties, addStatus, derive } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

useApp();

describe('GET /v1/me/likes', () => {
  it('lists the newest like first, then the later one of equal times, on disjoint and complete pages, also without times', async () => {
    await addUsers(database, ['carla']);
    const carla = await signIn(app, 'carla');
    const ids = await addProperties(
      database,
      Array.from({ length: 9 }, () => ({})),
    );
    for (const id of ids) await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers: carla });
    // Old tables have likes without a time.
    await database.run('alter table property_likes modify created_at datetime null');
    for (const [time, some] of [
      [null, ids.slice(0, 3)],
      ['2026-01-01 00:00:00', ids.slice(3, 6)],
      ['2026-01-02 00:00:00', ids.slice(6)],
    ] as const)
      await database.run('update property_likes set created_at = ? where property_id in (?)', [time, some]);
    await addStatus(database, ids[0]!, 'comprando', '2026-11-01 00:00:00');
    await derive(database, [ids[0]!]);
    for (const limit of [1, 2, 4, 100]) {
      const seen: number[] = [];
      for (let url: string | null = `/v1/me/likes?limit=${limit}`; url;) {
        const { body, headers }: Awaited<ReturnType<typeof ask>> = await ask(app, url, { headers: carla });
        seen.push(...body.items.map((item: { propertyId: number }) => item.propertyId));
        url = body.page.nextCursor && `/v1/me/likes?limit=${limit}&cursor=${body.page.nextCursor}`;
        expect(headers.link !== undefined).toBe(url !== null);
      }
      expect(seen).toEqual([
        ...ids.slice(6).toReversed(),
        ...ids.slice(3, 6).toReversed(),
        ...ids.slice(0, 3).toReversed(),
      ]);
    }
    const { body } = await ask(app, '/v1/me/likes', { headers: carla });
    expect(body.items[0]).toEqual({
      likedAt: '2026-01-02T00:00:00Z',
      propertyId: ids[8],
      property: expect.objectContaining({ id: ids[8], city: 'Bogotá' }),
    });
    expect(body.items[8]).toEqual({ likedAt: '0001-01-01T00:00:00Z', propertyId: ids[0], property: null });
  });
});
