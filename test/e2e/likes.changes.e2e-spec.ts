import { describe, expect, it } from '@jest/globals';
import { ask, nextOf } from '../support/client.js';
import { addProperty, addStatus, derive } from '../support/factories.js';
import { append, create, patch, shown, useStaff, visitor } from '../support/staff.js';
import { app, database } from '../support/suite.js';

useStaff();

interface Change {
  propertyId: number;
  at: string;
  change: string;
  from: number | string | null;
  to: number | string | null;
  property: { id: number } | null;
}
const CHANGES = '/v1/me/likes/changes';
const PROPERTY = { address: 'Calle 1', city: 'Cali', price: 100, status: 'en_venta' };
const like = (id: number) => ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers: visitor });
const changes = async (query = ''): Promise<Change[]> =>
  (await ask(app, `${CHANGES}${query}`, { headers: visitor })).body.items;
const changesOf = async (id: number, query = '?limit=100') =>
  (await changes(query)).filter(({ propertyId }) => propertyId === id);
const told = (items: readonly Change[]) => items.map(({ change, from, to }) => [change, from, to]);

async function liked(): Promise<number> {
  const id = (await create(PROPERTY)).body.id as number;
  await like(id);
  return id;
}

describe('GET /v1/me/likes/changes', () => {
  it('tells prices and statuses of liked properties, newest first, with the property as it is now', async () => {
    const id = await liked();
    await patch(id, { price: 90 });
    await append(id, { status: 'vendido' });
    const items = await changesOf(id);
    // Statuses have whole seconds: in one second, they may come after a price.
    expect(told(items).toSorted(([a], [b]) => String(a).localeCompare(String(b)))).toEqual([
      ['price', 100, 90],
      ['published', null, 'en_venta'],
      ['status', 'en_venta', 'vendido'],
    ]);
    const times = items.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(items[0]!.property).toEqual((await shown(id)).body);
    expect((await ask(app, CHANGES)).status).toBe(401);
  });

  it('tells of a hidden property only that it was withdrawn', async () => {
    const id = await liked();
    await patch(id, { price: 90 });
    await append(id, { status: 'comprado' });
    await patch(id, { price: 10 });
    await append(id, { status: 'comprando' });
    expect(await changesOf(id)).toEqual([
      { propertyId: id, at: expect.any(String), change: 'withdrawn', from: null, to: null, property: null },
    ]);
    await append(id, { status: 'pre_venta' });
    expect(told(await changesOf(id)).filter(([change]) => change !== 'price')).toEqual([
      ['published', null, 'pre_venta'],
      ['withdrawn', null, null],
      ['published', null, 'en_venta'],
    ]);
  });

  it('tells nothing of properties that I do not like now, and nothing before since', async () => {
    const id = await addProperty(database, {
      history: [
        ['pre_venta', '2026-01-01 00:00:00'],
        ['pre_venta', '2026-01-02 00:00:00'],
        ['en_venta', '2026-01-03 00:00:00'],
      ],
    });
    await like(id);
    expect(await changesOf(id)).toEqual([]);
    expect(told(await changesOf(id, '?limit=100&since=2026-01-01T00:00:00Z'))).toEqual([
      ['status', 'pre_venta', 'en_venta'],
      ['published', null, 'pre_venta'],
    ]);
    expect(told(await changesOf(id, '?limit=100&since=2026-01-02T00:00:00Z'))).toEqual([
      ['status', 'pre_venta', 'en_venta'],
    ]);
    await ask(app, `/v1/properties/${id}/like`, { method: 'DELETE', headers: visitor });
    expect(await changesOf(id, '?limit=100&since=2026-01-01T00:00:00Z')).toEqual([]);
  });

  it('has pages that are disjoint and complete, also between changes of one moment', async () => {
    for (let i = 0; i < 4; i++) {
      const id = await addProperty(database, { history: [['en_venta', '2026-02-01 00:00:00']] });
      await addStatus(database, id, 'vendido', '2026-02-02 00:00:00');
      await derive(database, [id]);
      await like(id);
    }
    // Long pauses between changes.
    const old = await addProperty(database, {
      history: ['1999-12-31', '2001-01-01', '2015-06-01', '2025-10-01'].map((day, i) => [
        i % 2 ? 'pre_venta' : 'en_venta',
        `${day} 00:00:00`,
      ]),
    });
    await like(old);
    const first = `${CHANGES}?since=2000-01-01T00:00:00Z`;
    const all = (await ask(app, `${first}&limit=100`, { headers: visitor })).body.items as Change[];
    expect(all.filter(({ propertyId }) => propertyId === old).map(({ at }) => at.slice(0, 4))).toEqual([
      '2025',
      '2015',
      '2001',
    ]);
    for (const limit of [1, 3]) {
      const seen: Change[] = [];
      for (let url: string | undefined = `${first}&limit=${limit}`; url;) {
        const answer: Awaited<ReturnType<typeof ask>> = await ask(app, url, { headers: visitor });
        seen.push(...(answer.body.items as Change[]));
        url = nextOf(url, answer);
      }
      expect(seen).toEqual(all);
    }
  });
});
