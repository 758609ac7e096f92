import { describe, expect, it } from '@jest/globals';
import { type Answer, ask } from '../support/client.js';
import { addProperties, addProperty, addStatus, derive } from '../support/factories.js';
import { shown, staff, useStaff, visitor } from '../support/staff.js';
import { app, database } from '../support/suite.js';

useStaff();

describe('GET /v1/properties/:id/visibility', () => {
  const explain = (id: number, headers = staff) => ask(app, `/v1/properties/${id}/visibility`, { headers });

  it('names the deciding history row, the last written row and the date of the status', async () => {
    const id = await addProperty(database, {
      history: [
        ['comprando', '2026-01-01 00:00:00'],
        ['pre_venta', '2026-02-01 00:00:00'],
        ['en_venta', '2026-03-01 00:00:00'],
        ['comprado', '2026-01-15 00:00:00'],
      ],
    });
    const { status, body } = await explain(id);
    expect([status, body]).toEqual([
      200,
      {
        visible: true,
        rule: expect.stringMatching(/^Visible: its current status, en_venta, is public\. .*comprado/),
        decidingRow: { id: expect.any(Number), status: 'en_venta', at: '2026-03-01T00:00:00Z' },
        byInsertionOrder: { id: expect.any(Number), status: 'comprado', at: '2026-01-15T00:00:00Z' },
        since: '2026-02-01T00:00:00Z',
        incomplete: [
          'neighbourhood',
          'description',
          'year',
          'propertyType',
          'area',
          'bedrooms',
          'bathrooms',
          'parkingSpots',
          'stratum',
          'location',
        ],
      },
    ]);
    expect(body.byInsertionOrder.id).toBeGreaterThan(body.decidingRow.id);
  });

  it('explains hidden properties and properties without history', async () => {
    const [hidden, bare] = (await addProperties(database, [
      { history: [['comprando', '2026-01-01 00:00:00']] },
      { history: [], city: '', price: 0 },
    ])) as [number, number];
    expect((await explain(hidden)).body).toMatchObject({ visible: false, since: '2026-01-01T00:00:00Z' });
    expect((await explain(bare)).body).toMatchObject({
      visible: false,
      decidingRow: null,
      byInsertionOrder: null,
      since: null,
      incomplete: expect.arrayContaining(['city', 'price']),
    });
  });

  it('404 for an unknown id, 403 for non-staff', async () => {
    expect((await explain(999_999)).status).toBe(404);
    expect((await explain(1, visitor)).status).toBe(403);
  });
});

describe('hidden properties', () => {
  it('appear in the lists of staff only, in every order and on every page', async () => {
    const ids = await addProperties(
      database,
      Array.from({ length: 25 }, (_, i) => ({
        city: 'Escondida',
        price: i % 4,
        year: i % 5 || null,
        area: i % 3 || null,
        latitude: 4.5 + i / 1000,
        longitude: -74,
        history:
          i % 3 === 0
            ? []
            : i % 3 === 1
              ? [['comprando', `2026-01-${10 + (i % 7)} 00:00:00`] as const]
              : [['en_venta', `2026-01-${10 + (i % 7)} 00:00:00`] as const],
      })),
    );
    const url = '/v1/properties?city=escondida&includeHidden=true&limit=4';
    const walkAs = async (query: string): Promise<number[]> => {
      const found: number[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: Answer = await ask(app, `${url}&${query}${cursor && `&cursor=${cursor}`}`, {
          headers: staff,
        });
        expect([query, page.status]).toEqual([query, 200]);
        found.push(...(page.body.items as { id: number }[]).map(({ id }) => id));
        cursor = page.body.page.nextCursor as string | null;
      }
      return found;
    };
    for (const query of [
      'sort=newest',
      'sort=price',
      'sort=-price',
      'sort=year',
      'sort=-area',
      'sort=popular',
      'sort=distance&near=4.5,-74&radius=50000',
      'sort=relevance&q=calle',
      'q=calle&sort=-year',
    ])
      expect([query, (await walkAs(query)).toSorted((a, b) => a - b)]).toEqual([query, ids]);
    expect((await ask(app, `${url}&count=true`, { headers: staff })).body.page.total).toBe(25);
    // The requested statuses decide.
    expect(await walkAs('status=en_venta')).toHaveLength(8);
    expect(await walkAs('availability=sold')).toEqual([]);
    expect((await ask(app, url)).status).toBe(401);
    expect((await ask(app, url, { headers: visitor })).status).toBe(403);
    expect(
      (await ask(app, url.replace('includeHidden=true', 'includeHidden=false'))).body.items,
    ).toHaveLength(4);
  });

  it('are readable for staff by id, without a status if they have none', async () => {
    const id = await addProperty(database, { history: [] });
    expect((await shown(id, staff)).body).toMatchObject({
      status: null,
      availability: null,
      statusSince: null,
    });
    expect((await shown(id, visitor)).status).toBe(404);
    expect((await shown(id)).body.type).toBe((await shown(999_999)).body.type);
    await addStatus(database, id, 'comprando', '2026-01-01 00:00:00');
    await derive(database, [id]);
    expect((await shown(id, staff)).body).toMatchObject({
      status: { name: 'comprando' },
      availability: null,
      statusSince: '2026-01-01T00:00:00Z',
    });
  });

  it('an invalid token does not hide public properties', async () => {
    const id = await addProperty(database);
    const headers = { authorization: 'Bearer nonsense' };
    expect((await shown(id, headers)).status).toBe(200);
    expect((await ask(app, '/v1/properties', { headers })).status).toBe(200);
    expect((await ask(app, '/v1/properties?includeHidden=true', { headers })).status).toBe(401);
  });
});
