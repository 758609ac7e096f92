import { describe, expect, it } from '@jest/globals';
import { ask, persist, walk } from '../support/client.js';
import { addProperty, addStatus, derive } from '../support/factories.js';
import {
  append,
  create,
  faultsOf,
  patch,
  send,
  shown,
  staff,
  staffId,
  useStaff,
  visitor,
} from '../support/staff.js';
import { app, database } from '../support/suite.js';

useStaff();

interface AuditLine {
  user_id: number;
  action: string;
  changes: string;
}
const audit = async (id: number) =>
  (
    await database.run<AuditLine>(
      'select user_id, action, changes from property_audit where property_id = ? order by id',
      [id],
    )
  ).map(({ changes, ...line }) => ({ ...line, changes: JSON.parse(changes) as object }));

const PROPERTY = { address: 'Calle 23 # 45-67', city: 'Bogotá', price: 420_000_000, status: 'en_venta' };
const FULL = {
  ...PROPERTY,
  neighbourhood: 'Chapinero',
  currency: 'USD',
  description: 'Con balcón',
  year: 2018,
  propertyType: 'apartment',
  area: 72.5,
  bedrooms: 3,
  bathrooms: 2,
  parkingSpots: 1,
  stratum: 4,
  location: { lat: 4.6486, lng: -74.0628 },
};

describe('POST /v1/properties', () => {
  it('creates a property that is readable, found and counted at once, and audits its author', async () => {
    const made = await create({ ...FULL, city: 'Villa Nueva' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      ...FULL,
      city: 'Villa Nueva',
      status: { name: 'en_venta' },
      availability: 'available',
    });
    const { id } = made.body as { id: number };
    expect(made.headers.location).toBe(`properties/${id}`);
    const read = await shown(id);
    expect([read.body, read.headers.etag]).toEqual([made.body, made.headers.etag]);
    expect(await walk(app, '/v1/properties?city=villa%20nueva&q=balcon&minArea=72.5')).toEqual([id]);
    expect((await ask(app, '/v1/properties/facets?city=villa%20nueva')).body.total).toBe(1);
    expect(await audit(id)).toEqual([
      { user_id: staffId, action: 'created', changes: { ...FULL, city: 'Villa Nueva' } },
    ]);
  });

  it('accepts the required fields alone and leaves the rest unknown', async () => {
    const { status, body } = await create(PROPERTY);
    expect([status, body]).toEqual([
      201,
      expect.objectContaining({ currency: 'COP', description: null, year: null, area: null, location: null }),
    ]);
  });

  it('creates a hidden property when the status is not public', async () => {
    const { status, body } = await create({ ...PROPERTY, status: 'comprando' });
    expect([status, body.status.name, body.availability]).toEqual([201, 'comprando', null]);
    expect((await shown(body.id as number)).status).toBe(404);
    expect((await shown(body.id as number, staff)).body).toEqual(body);
  });

  it('trims texts and rounds values as the columns do', async () => {
    const { body } = await create({
      ...PROPERTY,
      address: '  Calle 1  ',
      city: 'Bogotá',
      area: 72.505,
      location: { lat: 4.12345678, lng: -74 },
    });
    expect([body.address, body.city, body.area, body.location]).toEqual([
      'Calle 1',
      'Bogotá',
      72.5,
      { lat: 4.123457, lng: -74 },
    ]);
  });

  it('422 reports all errors at once', async () => {
    const answer = await create({
      address: ' ',
      price: 1.5,
      status: 7,
      year: '2018',
      propertyType: 'castle',
      stratum: 9,
      currency: 'cop',
      location: { lat: 91 },
      id: 5,
      availability: 'sold',
    });
    expect(answer.status).toBe(422);
    expect(faultsOf(answer).toSorted()).toEqual(
      [
        'address',
        'availability',
        'city',
        'currency',
        'id',
        'location.lat',
        'location.lng',
        'price',
        'propertyType',
        'status',
        'stratum',
        'year',
      ].toSorted(),
    );
  });

  it.each([['nuevo'], [' '], ['   '], ['constructor']])(
    '422 for the status %j, with the names there are',
    async (status) => {
      const answer = await create({ ...PROPERTY, status });
      expect([answer.status, faultsOf(answer)]).toEqual([422, ['status']]);
      expect(answer.body.errors[0].message).toContain('en_venta, pre_venta, vendido');
    },
  );

  it('creates nothing: 401 without a token, 403 for non-staff, 400 for invalid JSON, 415 for a merge patch', async () => {
    const count = async () => (await database.run('select id from property')).length;
    const before = await count();
    expect((await create(PROPERTY, { authorization: '' })).status).toBe(401);
    expect((await create(PROPERTY, visitor)).status).toBe(403);
    expect((await send('POST', '/v1/properties', '{')).status).toBe(400);
    expect((await create(PROPERTY, { 'content-type': 'application/merge-patch+json' })).status).toBe(415);
    expect(await count()).toBe(before);
  });
});

describe('PATCH /v1/properties/:id', () => {
  it('changes only the given fields and audits their old and new values', async () => {
    const { body: before } = await create(FULL);
    const { status, body, headers } = await patch(before.id as number, {
      price: 5,
      description: null,
      city: 'Cali',
    });
    expect([status, body]).toEqual([
      200,
      {
        ...before,
        price: 5,
        previousPrice: before.price,
        priceChangedAt: expect.any(String),
        description: null,
        city: 'Cali',
        updatedAt: expect.any(String),
      },
    ]);
    const read = await shown(before.id as number);
    expect([read.body, read.headers.etag]).toEqual([body, headers.etag]);
    expect((await audit(before.id as number)).slice(1)).toEqual([
      {
        user_id: staffId,
        action: 'updated',
        changes: {
          price: { from: 420_000_000, to: 5 },
          description: { from: 'Con balcón', to: null },
          city: { from: 'Bogotá', to: 'Cali' },
        },
      },
    ]);
    expect((await ask(app, '/v1/properties?city=cali&maxPrice=5')).body.items).toEqual([body]);
  });

  it('null clears every field', async () => {
    const { body } = await create(FULL);
    const { status: _, ...fields } = FULL;
    const cleared = Object.fromEntries(Object.keys(fields).map((field) => [field, null]));
    const answer = await patch(body.id as number, cleared);
    expect([answer.status, answer.body]).toEqual([
      200,
      expect.objectContaining({ ...cleared, currency: 'COP', status: body.status }),
    ]);
  });

  it('an empty patch and equal values change nothing', async () => {
    const { body } = await create(FULL);
    for (const same of [{}, { price: body.price }, { location: { lat: 4.6486 }, area: 72.501 }])
      expect((await patch(body.id as number, same)).body).toEqual(body);
    expect(await audit(body.id as number)).toHaveLength(1);
  });

  it('merges a location and refuses a location with one coordinate', async () => {
    const { body } = await create(FULL);
    const id = body.id as number;
    expect((await patch(id, { location: { lng: -75 } })).body.location).toEqual({ lat: 4.6486, lng: -75 });
    expect((await patch(id, { location: { lat: null } })).status).toBe(422);
    expect((await patch(id, { location: { lat: null, lng: null } })).body.location).toBeNull();
    expect(faultsOf(await patch(id, { location: { lng: -75 } }))).toEqual(['location']);
  });

  it('422 for field names that every JavaScript object inherits', async () => {
    const id = await addProperty(database);
    for (const [body, field] of [
      [{ constructor: 1 }, 'constructor'],
      [{ location: { toString: 1, lat: 1, lng: 1 } }, 'location.toString'],
    ] as const) {
      const answer = await patch(id, body);
      expect([answer.status, faultsOf(answer)]).toEqual([422, [field]]);
    }
  });

  it('accepts a status that another program has just added', async () => {
    const id = await addProperty(database);
    await database.run("insert into status (name, label) values ('en_obra', 'En obra')");
    await addStatus(database, id, 'en_obra', '2026-06-01 00:00:00');
    await derive(database, [id]);
    const read = await shown(id, staff);
    const { status, body } = await patch(id, { year: 1 }, { 'if-match': String(read.headers.etag) });
    expect([status, body.status.name]).toEqual([200, 'en_obra']);
    await database.run("insert into status (name, label) values ('en_remate', 'En remate')");
    expect((await append(id, { status: 'en_remate' })).body.status.name).toBe('en_remate');
  });

  it('accepts the merge-patch content type', async () => {
    const id = await addProperty(database);
    const headers = { 'content-type': 'application/merge-patch+json; charset=utf-8' };
    expect((await patch(id, { year: 1999 }, headers)).body.year).toBe(1999);
    expect((await patch(id, '', headers)).status).toBe(400);
    expect((await patch(id, '[]', headers)).status).toBe(422);
    expect((await patch(id, { year: 1999 }, { 'content-type': 'text/plain' })).status).toBe(415);
  });

  it('412 for an outdated If-Match; of two concurrent changes with one ETag, one succeeds', async () => {
    const id = await addProperty(database, { year: 1 });
    const etag = String((await shown(id)).headers.etag);
    for (const ifMatch of [`x${etag}`, `${etag} x`, '"other"', 'W/"other"', etag.replaceAll('"', ''), '']) {
      const { status, body } = await patch(id, { year: 2 }, { 'if-match': ifMatch });
      expect([ifMatch, status, body.type]).toEqual([ifMatch, 412, 'urn:problem:property-has-changed']);
    }
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => patch(id, { year: 10 + i }, { 'if-match': `"a,b", ${etag}` })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array<number>(7).fill(412),
    ]);
    expect((await shown(id)).body).toEqual(answers.find(({ status }) => status === 200)!.body);
    expect((await patch(id, { year: 3 }, { 'if-match': '*' })).status).toBe(200);
    expect(await audit(id)).toHaveLength(2);
  });

  it.each([
    ['nginx and Varnish make weak', (tag: string) => `W/${tag}`],
    ['Apache adds a suffix to', (tag: string) => tag.replace(/"$/, '-gzip"')],
    ['Caddy adds a suffix to', (tag: string) => tag.replace(/"$/, '-br"')],
  ])('If-Match takes a tag that %s, as long as it is the present one', async (_, changed) => {
    const id = await addProperty(database, { year: 1 });
    const ifMatch = changed(String((await shown(id)).headers.etag));
    expect((await ask(app, `/v1/properties/${id}`, { headers: { 'if-none-match': ifMatch } })).status).toBe(
      304,
    );
    const change = await patch(id, { year: 2 }, { 'if-match': `"other", ${ifMatch}` });
    expect([change.status, change.body.year]).toEqual([200, 2]);
    expect((await patch(id, { year: 3 }, { 'if-match': ifMatch })).status).toBe(412);
  });

  it('404 before 412; 401 and 403 before both', async () => {
    expect((await patch(999_999, {}, { 'if-match': '"x"' })).status).toBe(404);
    expect((await patch(999_999, {}, visitor)).status).toBe(403);
    expect((await patch(999_999, {}, { authorization: '' })).status).toBe(401);
  });

  it('422 for more than 30 combining marks in a row, which are slow to normalise', async () => {
    const id = await addProperty(database);
    const marks = (count: number): string => `a${'\u0316\u0301'.repeat(count / 2)}`;
    expect((await patch(id, { address: marks(30) })).status).toBe(200);
    const answer = await patch(id, { description: marks(60_000) });
    expect([answer.status, faultsOf(answer)]).toEqual([422, ['description']]);
  });

  it('concurrent changes are all kept', async () => {
    const id = await addProperty(database);
    const fields = ['bedrooms', 'bathrooms', 'parkingSpots', 'stratum', 'year', 'area'];
    // A request that waits too long for the row lock gets a 503.
    const answers = await Promise.all(fields.map((field) => persist(() => patch(id, { [field]: 3 }))));
    expect(answers.map(({ status }) => status)).toEqual(fields.map(() => 200));
    const { body } = await shown(id);
    expect(fields.map((field) => body[field] as number)).toEqual(fields.map(() => 3));
    expect(await audit(id)).toHaveLength(fields.length);
  });
});

describe('POST /v1/properties/:id/status', () => {
  it('makes it the current status, as of now', async () => {
    const id = await addProperty(database);
    // The column stores whole seconds.
    const earliest = Math.floor(Date.now() / 1_000) * 1_000;
    const { status, body } = await append(id, { status: 'vendido' });
    expect([status, body.status.name, body.availability]).toEqual([201, 'vendido', 'sold']);
    expect(Date.parse(body.statusSince as string)).toBeGreaterThanOrEqual(earliest);
    expect(Date.parse(body.statusSince as string)).toBeLessThanOrEqual(Date.now());
    expect((await shown(id)).body).toEqual(body);
    expect(await audit(id)).toEqual([
      { user_id: staffId, action: 'status', changes: { status: 'vendido', at: expect.any(String) } },
    ]);
  });

  it('records an older status and keeps the current one', async () => {
    const id = await addProperty(database, { history: [['en_venta', '2026-05-01 10:00:00']] });
    const { status, body } = await append(id, { status: 'pre_venta', at: '2026-04-01T05:00:00-05:00' });
    expect([status, body.status.name]).toEqual([201, 'en_venta']);
    const { items } = (await ask(app, `/v1/properties/${id}/status-history`)).body;
    expect(items.map(({ at }: { at: string }) => at)).toEqual([
      '2026-05-01T10:00:00Z',
      '2026-04-01T10:00:00Z',
    ]);
  });

  it('makes a status with the same time as the newest the current one', async () => {
    const id = await addProperty(database);
    const { body } = await append(id, { status: 'vendido', at: '2026-05-01T10:00:00Z' });
    expect(body.status.name).toBe('vendido');
  });

  it('makes a status without a time the current one, even after a row with a future date', async () => {
    const id = await addProperty(database, { history: [['en_venta', '2099-01-01 00:00:00']] });
    const { body } = await append(id, { status: 'comprado' });
    expect([body.status.name, body.statusSince]).toEqual(['comprado', '2099-01-01T00:00:00Z']);
    expect((await shown(id)).status).toBe(404);
  });

  it.each([
    ['2099-01-01T00:00:00Z'],
    ['2026-05-01'],
    ['2026-05-01T10:00:00'],
    ['2026-02-30T10:00:00Z'],
    ['0001-01-01T00:00:00Z'],
    [1_700_000_000],
    ['ayer'],
    ['2026-05-01T10:00:00+24:00'],
    ['2026-05-01T10:00:00+23:99'],
    ['2026-05-01T24:00:00Z'],
    ['1000-01-01T00:00:00+14:00'],
  ])('422 for the time %j', async (at) => {
    const id = await addProperty(database);
    const answer = await append(id, { status: 'vendido', at });
    expect([answer.status, faultsOf(answer)]).toEqual([422, ['at']]);
    expect((await shown(id)).body.status.name).toBe('en_venta');
  });

  it('404 for an unknown id', async () => {
    expect((await append(999_999, { status: 'vendido' })).status).toBe(404);
  });
});
