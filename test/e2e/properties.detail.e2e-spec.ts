import { describe, expect, it } from '@jest/globals';
import { startApp } from '../support/app.js';
import { type Answer, ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperty, addStatus, derive } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

useApp();

/** The parts of the answer that must be equal for an unknown id and a hidden property. */
const withoutCaller = ({ status, body }: Answer): unknown => ({
  status,
  ...body,
  instance: '',
  requestId: '',
});

describe.each(['', '/status-history', '/similar'])('GET /v1/properties/{id}%s', (path) => {
  it('404 with the same body for an unknown id and a hidden property', async () => {
    const hidden = await addProperty(database, { history: [['comprado', '2026-01-01 00:00:00']] });
    const withoutHistory = await addProperty(database, { history: [] });
    const absent = await ask(app, `/v1/properties/9007199254740991${path}`);
    expect(absent).toMatchObject({ status: 404, body: { type: 'urn:problem:property-not-found' } });
    for (const id of [hidden, withoutHistory]) {
      const answer = await ask(app, `/v1/properties/${id}${path}`);
      expect(withoutCaller(answer)).toEqual(withoutCaller(absent));
    }
  });

  it.each(['0', '-1', '+1', '1.0', '1e3', '0x10', 'abc', '%20', '1%20', '9007199254740992', '9'.repeat(400)])(
    '400 for the malformed id %s',
    async (id) => {
      const { status, body } = await ask(app, `/v1/properties/${id}${path}`);
      expect([status, body.errors]).toEqual([
        400,
        [{ field: 'id', message: 'must be a whole number from 1 to 9007199254740991' }],
      ]);
    },
  );

  it('400 reports a malformed id and unknown parameters at once', async () => {
    const { body } = await ask(app, `/v1/properties/x${path}?id=1&verbose=true`);
    expect(body.errors.map((fault: { field: string }) => fault.field)).toEqual(['id', 'id', 'verbose']);
  });
});

describe('GET /v1/properties/{id}', () => {
  it('200 with the same property as in the list', async () => {
    const id = await addProperty(database, { city: 'Same' });
    const list = await ask(app, '/v1/properties?city=same');
    const detail = await ask(app, `/v1/properties/${id}`);
    expect(detail.status).toBe(200);
    expect(detail.body).toEqual(list.body.items[0]);
  });

  it('takes the status of the newest history row, by date and then by id', async () => {
    const id = await addProperty(database, {
      history: [
        ['vendido', '2026-03-01 00:00:00'],
        ['comprado', '2026-01-01 00:00:00'],
        ['pre_venta', '2026-03-01 00:00:00'],
      ],
    });
    const { body } = await ask(app, `/v1/properties/${id}`);
    expect(body).toMatchObject({ status: { name: 'pre_venta' }, statusSince: '2026-03-01T00:00:00Z' });
  });

  it('404 while the status is hidden again, and 200 afterwards', async () => {
    const id = await addProperty(database, { history: [['vendido', '2026-03-01 00:00:00']] });
    const statusOf = async (): Promise<number> => (await ask(app, `/v1/properties/${id}`)).status;
    await addStatus(database, id, 'comprado', '2026-03-02 00:00:00');
    await derive(database, [id]);
    expect(await statusOf()).toBe(404);
    await addStatus(database, id, 'en_venta', '2026-03-03 00:00:00');
    await derive(database, [id]);
    expect(await statusOf()).toBe(200);
  });

  it('shows a new status and a changed label that another program has just written', async () => {
    const id = await addProperty(database);
    await ask(app, `/v1/properties/${id}`);
    await database.run("insert into status (id, name, label) values (77, 'reservado', 'Reservado')");
    await addStatus(database, id, 'reservado', '2026-09-01 00:00:00');
    await derive(database, [id]);
    expect((await ask(app, `/v1/properties/${id}`)).status).toBe(404);
  });

  it('200 for the unusual dates and names that old programs write', async () => {
    const zero = await addProperty(database, { history: [['en_venta', '0000-00-00 00:00:00']] });
    expect((await ask(app, `/v1/properties/${zero}`)).body.statusSince).toBe('0001-01-01T00:00:00Z');
    await database.run("update status set name = 'En_Venta ' where name = 'en_venta'");
    try {
      const later = await startApp(database.config);
      const { body } = await ask(later, `/v1/properties/${zero}/status-history`);
      expect(body.items).toHaveLength(1);
      expect((await ask(later, '/v1/properties?status=en_venta')).body.items.length).toBeGreaterThan(0);
      await later.close();
    } finally {
      await database.run("update status set name = 'en_venta' where name like 'en_venta%'");
    }
  });

  it('has a strong ETag that changes with every write, even within the same second', async () => {
    const id = await addProperty(database);
    const tagOf = async (): Promise<string> => (await ask(app, `/v1/properties/${id}`)).headers['etag'] ?? '';
    const tags = [await tagOf()];
    for (const price of [1, 2, 3]) {
      await database.run('update property set price = ? where id = ?', [price, id]);
      await derive(database, [id]);
      tags.push(await tagOf());
    }
    expect(new Set(tags).size).toBe(4);
    for (const tag of tags) expect(tag).toMatch(/^"[\w-]+"$/);
  });
});

describe('GET /v1/properties/{id}/status-history', () => {
  it('200 with the public statuses only, newest first, and exact repeats once', async () => {
    const id = await addProperty(database, {
      history: [
        ['comprando', '2026-01-01 00:00:00'],
        ['en_venta', '2026-03-01 10:00:00'],
        ['pre_venta', '2026-02-01 00:00:00'],
        ['en_venta', '2026-03-01 10:00:00'],
        ['vendido', '2026-03-01 10:00:00'],
        ['comprado', '2026-01-15 00:00:00'],
      ],
    });
    const { status, body } = await ask(app, `/v1/properties/${id}/status-history`);
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        { status: { name: 'vendido', label: 'Vendido' }, at: '2026-03-01T10:00:00Z' },
        { status: { name: 'en_venta', label: 'En venta' }, at: '2026-03-01T10:00:00Z' },
        { status: { name: 'pre_venta', label: 'En preventa' }, at: '2026-02-01T00:00:00Z' },
      ],
    });
  });
});

describe('DATABASE_TIMEZONE', () => {
  it('is the time zone of the dates that other programs write', async () => {
    const bogota = await TestDatabase.create({ timezone: '-05:00' });
    const there = await startApp(bogota.config);
    try {
      const id = await addProperty(bogota, { history: [['en_venta', '2026-05-01 20:30:00']] });
      const { body } = await ask(there, `/v1/properties/${id}`);
      expect(body.statusSince).toBe('2026-05-02T01:30:00Z');
      expect(Math.abs(Date.parse(body.createdAt) - Date.now())).toBeLessThan(60_000);
    } finally {
      await there.close();
      await bogota.drop();
    }
  });
});
