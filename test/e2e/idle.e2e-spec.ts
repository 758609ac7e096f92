import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { FailingSteps } from '../../src/background/failing-steps.js';
import { LegacySync } from '../../src/legacy-sync/legacy-sync.js';
import { LegacySyncReader } from '../../src/legacy-sync/legacy-sync-reader.js';
import { LikeEventRepository } from '../../src/likes/like-event.repository.js';
import { LikeEventSync } from '../../src/likes/like-event-sync.js';
import { MetricsRegistry } from '../../src/metrics/metrics-registry.js';
import { PriceLog } from '../../src/properties/search-index/price-log.js';
import { SearchWriter } from '../../src/properties/search-index/search-writer.js';
import { DerivedDataRefresh } from '../../src/properties/write/derived-data-refresh.js';
import { ListingRepository } from '../../src/properties/write/listing.repository.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperty, addStatus, derive } from '../support/factories.js';
import { needsOwnApp } from '../support/outside.js';

/** Properties that were all changed in the same moment, as after a restored dump. */
const PROPERTIES = 6_000;
/** Likes of one property, and likes of one user. */
const LIKES = 6_000;
/** A page of a look-back is 1,000 changes, each with its search row and its row of the feed. */
const READS_OF_PAGE = 8 * 1_000;
/** A batch of the sweep is 1,000 likes, 1,000 like events and 100 properties. */
const READS_OF_SWEEP = 15 * 2_100;

let database: TestDatabase;
/** Another program's transactions. */
let other: TestDatabase;
/** Its only connection runs all statements of the legacy sync, so the server counts what they read. */
let own: TestDatabase;
let sync: LegacySync;

beforeAll(async () => {
  needsOwnApp('a legacy sync without a worker beside it');
  database = await TestDatabase.create();
  other = await TestDatabase.connect(database.config);
  own = await TestDatabase.connect(database.config);
  await database.run(
    `insert into property (address, city, price) values ${Array.from({ length: PROPERTIES }, () => "('Calle 1', 'Cali', 1)").join()}`,
  );
  await inOneMoment(0);
  sync = await start();
});
afterAll(async () => {
  await own?.close();
  await other?.close();
  await database?.drop();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await other.run('rollback');
});

async function start(steps = new FailingSteps(new MetricsRegistry())): Promise<LegacySync> {
  const { em } = own.orm;
  const derivedData = new DerivedDataRefresh(
    em,
    new ListingRepository(em),
    new SearchWriter(em, new PriceLog(em)),
  );
  const likeEvents = new LikeEventSync(em, new LikeEventRepository(em), own.config);
  const started = new LegacySync(new LegacySyncReader(em), derivedData, likeEvents, steps);
  await started.start();
  return started;
}

/** Gives all properties the same time of change, in the look-back (120 s) or before it. */
async function inOneMoment(secondsAgo: number): Promise<void> {
  const [moment] = await database.run<{ at: string }>(
    'select cast(current_timestamp(3) - interval ? second as char) as at',
    [secondsAgo],
  );
  await database.run('update property set updated_at = ?', [moment!.at]);
  await database.run('update property_search set seen_at = ?', [moment!.at]);
  await database.run('update catch_up_state set changed_to = ?', [moment!.at]);
}

async function rowsReadBy(work: () => Promise<unknown>): Promise<number> {
  const count = async () => {
    const rows = await own.run<{ Value: string }>("show session status like 'Handler_read%'");
    return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
  };
  // The counting itself also reads rows.
  const overhead = -(await count()) + (await count());
  const before = await count();
  await work();
  return (await count()) - before - overhead;
}

/** Steps until nothing is left to do at once. */
async function catchUp(): Promise<number> {
  let properties = 0;
  for (let more = true; more;) {
    const report = await sync.step({ late: true, sweeps: false });
    properties += report.properties;
    more = report.more;
  }
  return properties;
}

/** Moves the clock of this process forward. The database's clock stays. */
function moveClock(minutes: number): void {
  jest.spyOn(performance, 'now').mockImplementation(() => realNow() + minutes * 60_000);
}
const realNow = performance.now.bind(performance);

const ids = async (): Promise<number[]> =>
  (await database.run<{ id: number }>('select id from property order by id')).map(({ id }) => id);

describe('when all properties were changed in the same moment', () => {
  it('each of them is derived once', async () => {
    expect(await catchUp()).toBe(PROPERTIES);
    const [row] = await database.run<{ derived: number }>(
      'select count(*) as derived from property p join property_search s on s.property_id = p.id and s.seen_at = p.updated_at',
    );
    expect(Number(row!.derived)).toBe(PROPERTIES);
  });

  it('a short time ago, a step reads a bounded number of rows', async () => {
    await inOneMoment(10);
    sync = await start();
    await catchUp();
    for (let i = 0; i < 10; i++) {
      let more = true;
      const rows = await rowsReadBy(async () => {
        more = (await sync.step({ late: true, sweeps: false })).more;
      });
      expect(rows).toBeLessThan(READS_OF_PAGE);
      expect(more).toBe(false);
    }
  });

  it('longer ago than a transaction stays open, they are not read again', async () => {
    await inOneMoment(600);
    sync = await start();
    await catchUp();
    const rows = await rowsReadBy(async () => {
      for (let i = 0; i < 10; i++) await sync.step({ late: true, sweeps: false });
    });
    expect(rows).toBeLessThan(500);
    // Afterwards a change shows in the next step.
    const [id] = (await ids()) as [number];
    await database.run('update property set price = 2 where id = ?', [id]);
    expect(await sync.step({ late: false, sweeps: false })).toMatchObject({ properties: 1 });
  });

  it('a change that is committed late is found among them', async () => {
    const [late] = (await ids()).slice(-100) as [number];
    await other.run('begin');
    await other.run('update property set price = 3 where id = ?', [late]);
    await database.run('update property set price = 4 where id < ?', [late - 1]);
    await catchUp();
    await other.run('commit');
    let found = 0;
    for (let i = 0; i < 20 && found === 0; i++)
      found = (await sync.step({ late: true, sweeps: false })).properties;
    expect(found).toBe(1);
    expect(await database.run('select price from property_search where property_id = ?', [late])).toEqual([
      { price: 3 },
    ]);
  });
});

describe('a row that another transaction has locked', () => {
  const isSold = async (id: number): Promise<boolean> =>
    (
      await database.run("select 1 from property_search where property_id = ? and availability = 'sold'", [
        id,
      ])
    ).length > 0;

  it('is tried again until it is free, also when its change is older than the look-back by then', async () => {
    const id = await addProperty(database);
    await catchUp();
    await database.run('update property set price = 5 where id = ?', [id]);
    await other.run('begin');
    await other.run('select id from property where id = ? for update', [id]);
    await catchUp();
    await other.run('update property set updated_at = now() - interval 10 minute where id = ?', [id]);
    await other.run('commit');
    await sync.step({ late: true, sweeps: false });
    expect(
      (
        await database.run<{ price: unknown }>('select price from property_search where property_id = ?', [
          id,
        ])
      ).map(({ price }) => Number(price)),
    ).toEqual([5]);
  });

  it('is tried again after a restart', async () => {
    const [locked, free] = [await addProperty(database), await addProperty(database)];
    await catchUp();
    for (const id of [locked, free]) await addStatus(database, id, 'vendido', '2026-05-02 10:00:00');
    await other.run('begin');
    await other.run('select id from property where id = ? for update', [locked]);
    // The cursor gives up missing ids after two minutes.
    for (const minutes of [0, 3, 6]) {
      moveClock(minutes);
      await addStatus(database, free, 'vendido', '2026-05-03 10:00:00');
      await sync.step({ late: true, sweeps: true });
    }
    expect([await isSold(free), await isSold(locked)]).toEqual([true, false]);
    sync = await start();
    await other.run('commit');
    await catchUp();
    expect(await isSold(locked)).toBe(true);
  });
});

describe('the sweep', () => {
  let viral: number;
  let users: number[];
  let fan: number;

  beforeAll(async () => {
    await database.run('delete from property_likes');
    await database.run('delete from like_event');
    viral = (await ids())[0] as number;
    const names = Array.from({ length: LIKES }, (_, i) => `fan-${i}`);
    await database.run(
      `insert into auth_user (username, email, password, is_staff, is_active, is_superuser, first_name, last_name, date_joined)
      values ${names.map((name) => `('${name}', '', '', 0, 1, 0, '', '', '2026-01-01')`).join()}`,
    );
    users = (await database.run<{ id: number }>('select id from auth_user order by id')).map(({ id }) => id);
    fan = users[0] as number;
    await database.run(
      `insert into property_likes (property_id, user_id, created_at)
      select ?, id, '2026-01-01 00:00:00' from auth_user`,
      [viral],
    );
    await database.run(
      `insert into property_likes (property_id, user_id, created_at)
      select id, ?, '2026-01-01 00:00:00' from property where id <> ? limit ?`,
      [fan, viral, LIKES],
    );
    await database.run(
      "insert into like_event (property_id, user_id, action, at) select property_id, user_id, 'liked', created_at from property_likes",
    );
    await database.run(
      'update catch_up_state set like_id = (select max(id) from property_likes), swept_to = 0',
    );
    // Outside every look-back: a step reads again what was changed in the last two seconds.
    await inOneMoment(600);
    sync = await start();
    await catchUp();
  });

  it('finds what other programs did to the likes of a viral property and of a busy user, in bounded batches', async () => {
    const gone = users[LIKES - 2] as number;
    await other.run('delete from property_likes where property_id = ? and user_id = ?', [viral, gone]);
    await other.run('delete from like_event where property_id = ? and user_id = ?', [
      viral,
      users[LIKES - 5],
    ]);
    const [last] = (await ids()).slice(-50) as [number];
    await other.run('delete from property_likes where property_id = ? and user_id = ?', [last - 1_000, fan]);
    let swept = 0;
    // Once around all likes and like events.
    for (let i = 0; i < (2 * LIKES) / 1_000 + 2; i++) {
      const rows = await rowsReadBy(async () => {
        swept += (await sync.step({ late: false, sweeps: true })).swept;
      });
      expect(rows).toBeLessThan(READS_OF_SWEEP);
    }
    expect(swept).toBe(3);
    for (let i = 0; i < (2 * LIKES) / 1_000 + 2; i++)
      expect(await sync.step({ late: false, sweeps: true })).toMatchObject({ swept: 0 });
    const actions = async (property: number, user: number) =>
      (
        await database.run<{ action: string }>(
          'select action from like_event where property_id = ? and user_id = ? order by id',
          [property, user],
        )
      ).map(({ action }) => action);
    expect(await actions(viral, gone)).toEqual(['liked', 'unliked']);
    expect(await actions(viral, users[LIKES - 5] as number)).toEqual(['liked']);
    expect(await actions(last - 1_000, fan)).toEqual(['liked', 'unliked']);
  });
});

describe('a step that fails again and again', () => {
  it('is told once, counted, shown, and stops no other step', async () => {
    const app = await startApp(database.config);
    const told = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const failing = await start(app.get(FailingSteps));
    const ready = async () => (await ask(app, '/health/ready')).body;
    expect(await ready()).toMatchObject({ failingSteps: [] });
    const id = await addProperty(database);
    await derive(database, [id]);
    // The sweeps of likes and of like events name this index.
    await database.run('alter table like_event rename index like_event_pair to renamed');
    try {
      for (let minutes = 0; minutes < 3; minutes++) {
        moveClock(minutes);
        await database.run('update property set price = 10 + ? where id = ?', [minutes, id]);
        expect(await failing.step({ late: true, sweeps: true })).toMatchObject({ properties: 1 });
        // Within the pause, it does not run.
        await failing.step({ late: true, sweeps: true });
      }
      expect(told).toHaveBeenCalledTimes(2);
      expect(await ready()).toMatchObject({
        status: 'ready',
        failingSteps: [
          { step: 'legacy-sync: sweep of likes', failures: 3 },
          { step: 'legacy-sync: sweep of like events', failures: 3 },
        ],
      });
      expect((await ask(app, '/metrics')).text).toContain(
        'background_step_failures_total{step="legacy-sync: sweep of like events"} 3',
      );
    } finally {
      await database.run('alter table like_event rename index renamed to like_event_pair');
    }
    moveClock(60);
    await failing.step({ sweeps: true });
    expect(app.get(FailingSteps).list()).toEqual([]);
    await app.close();
  });
});
