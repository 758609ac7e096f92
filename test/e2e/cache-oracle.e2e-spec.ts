import { beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fc from 'fast-check';
import { isConflict } from '../../src/database/server-errors.js';
import { LegacySync } from '../../src/legacy-sync/legacy-sync.js';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { addProperties } from '../support/factories.js';
import { FakeRedis } from '../support/fake-redis.js';
import { append, create, patch, useStaff } from '../support/staff.js';
import { app, atEnd, connect, database } from '../support/suite.js';
import type { TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';

useStaff();

const ROWS = 6;
const CITIES = ['Cali', 'Pasto', 'Tunja'];
const STATUSES = ['pre_venta', 'en_venta', 'vendido', 'comprado'];

/** A change by any of the writers; each applies what it can. */
interface Change {
  row: number;
  city: string;
  price: number;
  description: string;
  status: string | null;
}
const change: fc.Arbitrary<Change> = fc.record({
  row: fc.nat(ROWS - 1),
  city: fc.constantFrom(...CITIES),
  price: fc.integer({ min: 1, max: 5 }),
  description: fc.constantFrom('casa', 'Casa', 'casa grande', 'lote'),
  status: fc.option(fc.constantFrom(...STATUSES)),
});
const changes = (most: number) => fc.array(change, { minLength: 1, maxLength: most });

let ids: number[];
let cached: NestFastifyApplication[];
let uncached: NestFastifyApplication;
let program: TestDatabase;
let sync: LegacySync;
let urls: string[];

beforeAll(async () => {
  ids = await addProperties(
    database,
    Array.from({ length: ROWS }, (_, row) => ({ city: CITIES[row % 3], external_ref: `oracle:${row}` })),
  );
  const redis = await FakeRedis.start();
  cached = [app];
  for (const settings of [{}, { redisUrl: redis.url }])
    cached.push(await startApp({ ...database.config, ...settings }));
  uncached = await startApp({ ...database.config, cacheMaxMb: 0 });
  atEnd(() => redis.stop());
  for (const each of [...cached.slice(1), uncached]) atEnd(() => each.close());
  program = await connect();
  sync = await app.resolve(LegacySync);
  await sync.start();
  urls = [
    ...ids.flatMap((id) =>
      ['', '/similar', '/status-history', '/price-history'].map((rest) => `/v1/properties/${id}${rest}`),
    ),
    ...[
      '',
      '?city=Cali',
      '?sort=price&limit=2',
      '?q=casa',
      '?minPrice=3&count=true',
      '?sort=popular',
      '?sort=-priceDrop&limit=3',
      '?priceReduced=true',
    ].map((query) => `/v1/properties${query}`),
    ...['', '?city=Pasto', '?q=casa', '?priceReduced=true'].map((query) => `/v1/properties/facets${query}`),
    '/v1/places?q=t',
  ];
});

/** True while another program has made a change that the legacy sync has not read yet. */
let isBehind = false;
/** How many such changes there have been. */
let foreignChanges = 0;

/** Adds a status as another program does: after a deadlock it tries again. */
async function addStatus(id: number, status: string): Promise<void> {
  try {
    await program.run(
      'insert into status_history (property_id, status_id, update_date) select ?, id, now() from status where name = ?',
      [id, status],
    );
  } catch (error) {
    if (!isConflict(error)) throw error;
    await addStatus(id, status);
  }
}

const WRITERS: ((change: Change) => Promise<unknown>)[] = [
  async ({ row, status, ...fields }) => {
    await patch(ids[row]!, fields);
    if (status) await append(ids[row]!, { status });
    if (fields.price === 5) await create({ ...fields, address: 'Calle 9', status: 'en_venta' });
  },
  ({ row, status, ...fields }) =>
    app.get(ListingsService).save([
      {
        ...fields,
        externalRef: `oracle:${row}`,
        address: 'Carrera 7',
        history: status ? [{ status, at: new Date() }] : [],
      },
    ]),
  async ({ row, city, price, description, status }) => {
    isBehind = true;
    foreignChanges++;
    await program.run('update property set description = ? where id = ?', [description, ids[row]]);
    if (price > 2)
      await program.run('update property set city = ?, price = ? where id = ?', [city, price, ids[row]]);
    if (status) await addStatus(ids[row]!, status);
    // Rows that another writer has locked are derived in a later step.
    await until(async () => {
      await sync.step({ sweeps: false, late: true });
      const [behind] = await program.run<{ count: number }>(
        `select count(*) as count from property p left join property_search s on s.property_id = p.id and s.seen_at <=> p.updated_at
        where s.property_id is null`,
      );
      return behind!.count === 0;
    });
    isBehind = false;
  },
];

const read = async (from: NestFastifyApplication, url: string) => {
  const { status, text, headers } = await ask(from, url);
  return status === 200 ? { status, text, etag: headers['etag'], link: headers['link'] } : { status };
};

const dataVersion = async () =>
  JSON.stringify(
    await program.run('select s.version as s, r.version as r from search_state s, ranking_state r'),
  );

/** Compares a cached answer with the uncached one before and after it. @returns whether it could be compared */
async function compare(url: string, from: NestFastifyApplication): Promise<boolean> {
  const start = foreignChanges;
  const version = await dataVersion();
  const [before, answer, after] = [
    await read(uncached, url),
    await read(from, url),
    await read(uncached, url),
  ];
  if (isBehind || start !== foreignChanges || JSON.stringify(before) !== JSON.stringify(after)) return false;
  // The data may have changed twice in between, and be the same again.
  if (JSON.stringify(answer) !== JSON.stringify(after) && version !== (await dataVersion())) return false;
  expect({ url, ...answer }).toEqual({ url, ...after });
  return true;
}

describe('cached answers', () => {
  it('equal uncached answers while staff, an import and another program write', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(changes(12), changes(12), changes(3)),
        fc.infiniteStream(fc.nat()),
        async (lists, picks) => {
          const writers = { areRunning: true };
          const writing = Promise.all(
            lists.map(async (list, writer) => {
              for (const one of list) await WRITERS[writer]!(one);
            }),
          ).finally(() => (writers.areRunning = false));
          const reading = cached.map(async (from) => {
            while (writers.areRunning) {
              const [pick = 0] = picks.take(1);
              if (await compare(urls[pick % urls.length]!, from)) compared++;
            }
          });
          await Promise.all([writing, ...reading]);
          for (const url of urls) for (const from of cached) expect(await compare(url, from)).toBe(true);
        },
      ),
      { numRuns: 5, endOnFailure: true },
    );
    expect(compared).toBeGreaterThan(20);
  });
});
