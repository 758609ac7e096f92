import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AfterRestore } from '../../src/database/after-restore.js';
import { migrate } from '../../src/database/migrate.js';
import { ChangePurge } from '../../src/properties/changes/change-purge.js';
import { ChangeRepository } from '../../src/properties/changes/change.repository.js';
import { ChangeWaiters } from '../../src/properties/changes/change-waiters.js';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { ask, walk } from '../support/client.js';
import { addProperties, addProperty, addStatus, derive } from '../support/factories.js';
import { needsOwnApp } from '../support/outside.js';
import { append, create, patch, useStaff } from '../support/staff.js';
import { app, database } from '../support/suite.js';
import { until } from '../support/until.js';

useStaff();

interface Item {
  sequence: number;
  propertyId: number;
  change: string;
  at: string;
}

let start: number;
const read = async (query: string) => (await ask(app, `/v1/changes?${query}`)).body;
const news = async () => (await read(`after=${start}`)).items as Item[];
const brief = (items: Item[]) => items.map(({ propertyId, change }) => [propertyId, change]);
const body = { address: 'Calle 1', city: 'Cali', price: 1_000_000, status: 'en_venta' };

beforeEach(async () => {
  start = (await read('limit=1000')).page.next;
});

/** A follower that starts from 0 gets all items by its pages. */
async function followFrom0(): Promise<void> {
  const { items, page: end } = await read('limit=1000');
  const found: Item[] = [];
  let after = 0;
  for (let more = true; more;) {
    const { status, body: page } = await ask(app, `/v1/changes?after=${after}&limit=2`);
    expect(status).toBe(200);
    found.push(...page.items);
    ({ next: after, more } = page.page);
  }
  expect(found).toEqual(items);
  expect(after).toBe(end.next);
}

describe('the feed of changes', () => {
  it('has one item per property, its last change, in the order of commits', async () => {
    const first = (await create(body)).body.id;
    const second = (await create(body)).body.id;
    expect(brief(await news())).toEqual([
      [first, 'published'],
      [second, 'published'],
    ]);
    await patch(first, { price: 2_000_000 });
    expect(brief(await news())).toEqual([
      [second, 'published'],
      [first, 'updated'],
    ]);
    await append(second, { status: 'comprado' });
    await append(second, { status: 'vendido' });
    const items = await news();
    expect(brief(items)).toEqual([
      [first, 'updated'],
      [second, 'published'],
    ]);
    expect(Math.abs(Date.parse(items[0]!.at) - Date.now())).toBeLessThan(600_000);
  });

  it('never names a property that was never public, nor a change of a hidden one', async () => {
    const hidden = (await create({ ...body, status: 'comprando' })).body.id;
    await patch(hidden, { price: 3_000_000 });
    expect(await news()).toEqual([]);
    const id = (await create(body)).body.id;
    await append(id, { status: 'comprado' });
    const [item] = await news();
    expect(item).toMatchObject({ propertyId: id, change: 'withdrawn' });
    await patch(id, { price: 4_000_000, description: 'Otra' });
    expect(await news()).toEqual([item]);
  });

  it('tells a change of what no search column has', async () => {
    const id = (await create(body)).body.id;
    const follow = async () => {
      const { items, page } = await read(`after=${start}`);
      start = page.next;
      return brief(items);
    };
    await follow();
    await patch(id, { photos: [{ url: 'https://fotos.example.com/1.jpg', caption: null }] });
    expect(await follow()).toEqual([[id, 'updated']]);
    await patch(id, { currency: 'USD' });
    expect(await follow()).toEqual([[id, 'updated']]);
    await patch(id, { currency: 'USD' });
    expect(await follow()).toEqual([]);
    await database.run("update property set description = 'de otro programa' where id = ?", [id]);
    await derive(database, [id]);
    expect(await follow()).toEqual([[id, 'updated']]);
    await derive(database, [id]);
    expect(await follow()).toEqual([]);
  });

  it('has pages, whose `next` goes on', async () => {
    const ids = await addProperties(
      database,
      Array.from({ length: 5 }, () => ({})),
    );
    const found: number[] = [];
    let after = start;
    for (let more = true; more;) {
      const { items, page } = await read(`after=${after}&limit=2`);
      found.push(...items.map((item: Item) => item.propertyId));
      expect(page.limit).toBe(2);
      after = page.next;
      more = page.more;
    }
    expect(found).toEqual(ids);
    expect(await read(`after=${after}`)).toEqual({
      items: [],
      page: { limit: 100, next: after, more: false },
    });
  });

  it('refuses a sequence that was not given out: the database was restored', async () => {
    const answer = await ask(app, `/v1/changes?after=${start + 1}`);
    expect([answer.status, answer.body.type]).toEqual([410, 'urn:problem:changes-gone']);
  });

  it('the rebuild tells properties that other programs deleted, and adds missing ones', async () => {
    const [kept, gone] = await addProperties(database, [{}, {}]);
    await database.run('delete from status_history where property_id = ?', [gone]);
    await database.run('delete from property where id = ?', [gone]);
    await database.run('delete from property_change where property_id = ?', [kept]);
    await app.get(ListingsService).rebuild();
    expect(brief(await news())).toEqual(
      expect.arrayContaining([
        [kept, 'published'],
        [gone, 'withdrawn'],
      ]),
    );
  });
});

describe('the migration', () => {
  it('adds the properties that are public, also after an interruption', async () => {
    needsOwnApp('a log of changes without a worker beside it');
    const hidden = (await create({ ...body, status: 'comprando' })).body.id;
    const [first, second, last] = await addProperties(database, [{}, {}, {}]);
    await database.run('delete from property_change where property_id not in (?, ?)', [first, second]);
    await database.run(
      'update property_change set sequence = property_id, published_sequence = property_id order by sequence',
    );
    await database.run('update search_state set change_sequence = ?', [last]);
    await database.run("delete from mikro_orm_migrations where name like '%-changes'");
    await migrate(database.orm);
    const { items, page } = await read('limit=1000');
    expect(items.map(({ propertyId }: Item) => propertyId)).toEqual(
      (await walk(app, '/v1/properties?limit=100')).toSorted((a, b) => a - b),
    );
    expect(items.map(({ propertyId }: Item) => propertyId)).not.toContain(hidden);
    expect(page).toEqual({ limit: 1_000, next: last, more: false });
    const next = await addProperty(database);
    expect((await read(`after=${last}`)).items).toMatchObject([{ sequence: last! + 1, propertyId: next }]);
  });
});

describe('withdrawn properties', () => {
  const purge = () => app.get(ChangePurge).run();
  const age = (id: number, days: number) =>
    database.run(`update property_change set at = at - interval ${days} day where property_id = ?`, [id]);
  let old: number;
  let followed: number;

  beforeAll(async () => {
    old = await addProperty(database);
    await addProperties(
      database,
      Array.from({ length: 5 }, () => ({})),
    );
    ({ next: followed } = (await read('limit=1000')).page);
    await addStatus(database, old, 'comprado', '2026-06-01 10:00:00');
    await derive(database, [old]);
  });

  it('stay for 90 days', async () => {
    await age(old, 89);
    await purge();
    expect((await read(`after=${followed}`)).items[0]).toMatchObject({
      propertyId: old,
      change: 'withdrawn',
    });
  });

  it('are then purged: a follower from before is told to start from 0, others go on', async () => {
    await age(old, 2);
    await purge();
    const answer = await ask(app, `/v1/changes?after=${followed}`);
    expect([answer.status, answer.body.type]).toEqual([410, 'urn:problem:changes-gone']);
    expect((await read(`after=${start}`)).page.next).toBe(start);
  });

  it('do not stop a follower that starts from 0, whatever its pages', followFrom0);

  it('stop one that stopped on its way from 0 for longer than they stay', async () => {
    needsOwnApp('the purge of the tests before');
    const { next } = (await read('limit=1')).page;
    const DAY = 2 ** 38;
    expect((await ask(app, `/v1/changes?after=${next - 88 * DAY}`)).status).toBe(200);
    expect((await ask(app, `/v1/changes?after=${next - 89 * DAY}`)).status).toBe(410);
    expect((await ask(app, `/v1/changes?after=${next + DAY}`)).status).toBe(410);
  });
});

describe('after a restore from a backup', () => {
  it('all followers start again, also one on its way from 0, and one that starts later goes on', async () => {
    const before = [start, (await read('limit=2')).page.next];
    await new AfterRestore(database.orm.em).run();
    for (const after of before) expect((await ask(app, `/v1/changes?after=${after}`)).status).toBe(410);
    await followFrom0();
  });
});

describe('wait', () => {
  const waiting = async (count: number) => until(async () => app.get(ChangeWaiters).count === count);

  it('holds an empty answer until there is something, with one statement for all callers', async () => {
    const polled = jest.spyOn(app.get(ChangeRepository), 'findNewest');
    const startedAt = performance.now();
    const answers = Array.from({ length: 20 }, () => read(`after=${start}&wait=25`));
    await waiting(20);
    await pause(1_000);
    const polls = (performance.now() - startedAt) / 250;
    const id = await addProperty(database);
    for (const answer of await Promise.all(answers)) expect(brief(answer.items)).toEqual([[id, 'published']]);
    expect(polled.mock.calls.length).toBeLessThan(2 * polls + 10);
    polled.mockRestore();
    await waiting(0);
  });

  it('is over after its time, also beyond the time limit of other requests', async () => {
    const startedAt = performance.now();
    expect(await read(`after=${start}&wait=5`)).toMatchObject({ items: [], page: { next: start } });
    expect(performance.now() - startedAt).toBeGreaterThan(4_900);
  });

  it('does not hold an answer that has items', async () => {
    await addProperty(database);
    const startedAt = performance.now();
    expect((await read(`after=${start}&wait=25`)).items).toHaveLength(1);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it('refuses the 51st of one caller', async () => {
    const answers = Array.from({ length: 50 }, () => read(`after=${start}&wait=25`));
    await waiting(50);
    const refused = await ask(app, `/v1/changes?after=${start}&wait=25`);
    expect([refused.status, refused.body.type, refused.headers['retry-after']]).toEqual([
      503,
      'urn:problem:changes-busy',
      '10',
    ]);
    await addProperty(database);
    await Promise.all(answers);
  });

  it('ends when the caller has gone', async () => {
    await app.listen(0, '127.0.0.1');
    const controller = new AbortController();
    const answer = fetch(`${await app.getUrl()}/v1/changes?after=${start}&wait=25`, {
      signal: controller.signal,
    });
    await waiting(1);
    controller.abort();
    await expect(answer).rejects.toThrow('aborted');
    await waiting(0);
  });
});
