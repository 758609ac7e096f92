import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LegacySync } from '../../src/legacy-sync/legacy-sync.js';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { ask, persist, walk } from '../support/client.js';
import { addStatus } from '../support/factories.js';
import { append, create, patch, useStaff } from '../support/staff.js';
import { app, connect, database } from '../support/suite.js';
import type { TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';

useStaff();

const STATUSES = ['en_venta', 'vendido', 'comprado'] as const;

/** Knows the visible properties from the feed and details only. */
class Follower {
  readonly known = new Map<number, string>();
  after = 0;

  /** Reads pages until the end, or only `pages` of them. */
  async follow(limit: number, pages = Infinity): Promise<void> {
    for (let more = true; more && pages > 0; pages--) {
      const { status, body } = await persist(() =>
        ask(app, `/v1/changes?after=${this.after}&limit=${limit}`),
      );
      if (status !== 200) throw new Error(`${status} after ${this.after}`);
      for (const { propertyId, change } of body.items) {
        const detail =
          change === 'withdrawn' ? null : await persist(() => ask(app, `/v1/properties/${propertyId}`));
        if (detail?.status === 200) this.known.set(propertyId, detail.headers.etag!);
        else this.known.delete(propertyId);
      }
      this.after = body.page.next;
      more = body.page.more;
    }
  }
}

let other: TestDatabase;
let sync: LegacySync;
const refs = Array.from({ length: 8 }, (_, i) => `feed:${i}`);

beforeAll(async () => {
  other = await connect();
  sync = await app.resolve(LegacySync);
  await sync.start();
});

const ids = async (): Promise<number[]> =>
  (await database.run<{ id: number }>('select id from property order by id')).map(({ id }) => id);

async function visible(): Promise<Map<number, string>> {
  const found = await walk(app, '/v1/properties?limit=100');
  const etags = found.map(async (id) => (await ask(app, `/v1/properties/${id}`)).headers.etag!);
  return new Map((await Promise.all(etags)).map((etag, i) => [found[i]!, etag]));
}

async function deleteAsOtherProgram(id: number): Promise<void> {
  for (const table of ['status_history', 'property_likes'])
    await other.run(`delete from ${table} where property_id = ?`, [id]);
  await other.run('delete from property where id = ?', [id]);
}

/** A write of one of the three kinds of writers to some property. */
const write = fc.record({
  writer: fc.constantFrom(
    'create',
    'patch',
    'status',
    'import',
    'other-update',
    'other-status',
    'other-delete',
  ),
  pick: fc.nat(1_000),
  status: fc.constantFrom(...STATUSES),
  price: fc.integer({ min: 1, max: 5 }),
});
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

async function run({ writer, pick, status, price }: Write): Promise<void> {
  const known = await ids();
  const id = known[pick % known.length] ?? 0;
  const priced = { price: price * 1_000_000 };
  if (writer === 'create') await create({ address: 'Calle 1', city: 'Cali', status, ...priced });
  else if (writer === 'patch') await patch(id, { ...priced, description: `Casa ${pick}` });
  else if (writer === 'status') await append(id, { status });
  else if (writer === 'import') {
    const externalRef = refs[pick % refs.length]!;
    const at = new Date(Date.UTC(2026, 4, 1, 0, pick));
    await app
      .get(ListingsService)
      .save([{ externalRef, city: 'Pasto', ...priced, history: [{ status, at }] }]);
  } else if (writer === 'other-update')
    await other.run('update property set price = ? where id = ?', [priced.price, id]);
  else if (writer === 'other-status' && id > 0) await addStatus(other, id, status, '2026-06-01 10:00:00');
  else if (writer === 'other-delete') await deleteAsOtherProgram(id);
}

const syncOnce = () => sync.step({ late: true, sweeps: true });

describe('a follower that reads only the feed and details', () => {
  it('ends with the visible properties and their ETags, also when it was stopped, and while writers go on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { minLength: 1, maxLength: 15 }),
        fc.array(write, { minLength: 1, maxLength: 15 }),
        fc.integer({ min: 1, max: 7 }),
        async (first, second, limit) => {
          const follower = new Follower();
          // Three writers at once, while the follower reads.
          const writers = [0, 1, 2].map(async (mine) => {
            for (const [i, one] of first.entries()) if (i % 3 === mine) await run(one).catch(ignoreDeadlock);
          });
          await Promise.all([...writers, follower.follow(limit, 3), syncOnce()]);
          // It is stopped here, and goes on from its number.
          for (const one of second) await run(one).catch(ignoreDeadlock);
          // A step passes over all properties. It pauses after an error, such as a lock that it waited for too long.
          await until(async () => {
            await syncOnce();
            await follower.follow(limit);
            return isDeepStrictEqual(follower.known, await visible());
          });
        },
      ),
      { numRuns: 8 },
    );
  });

  it('learns of 200 withdrawals', async () => {
    const listings = app.get(ListingsService);
    const many = Array.from({ length: 300 }, (_, i) => ({
      externalRef: `many:${i}`,
      city: 'Tunja',
      history: [{ status: 'en_venta', at: new Date(Date.UTC(2026, 4, 1)) }],
    }));
    await listings.save(many);
    const follower = new Follower();
    await follower.follow(100);
    expect(follower.known.size).toBeGreaterThanOrEqual(300);
    await listings.save(
      many
        .slice(0, 200)
        .map((one) => ({ ...one, history: [{ status: 'comprado', at: new Date(Date.UTC(2026, 5, 1)) }] })),
    );
    await follower.follow(100);
    expect(follower.known).toEqual(await visible());
  });
});

/** Writers of the same property may get a deadlock; a program repeats or gives up. */
function ignoreDeadlock(error: { code?: string }): void {
  if (!['ER_LOCK_DEADLOCK', 'ER_ROW_IS_REFERENCED_2', 'ER_NO_REFERENCED_ROW_2'].includes(error.code ?? ''))
    throw error;
}
