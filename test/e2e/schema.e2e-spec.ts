import { MariaDbDriver, MikroORM as MariaDbOrm } from '@mikro-orm/mariadb';
import { afterEach, describe, expect, it } from '@jest/globals';
import { migrate } from '../../src/database/migrate.js';
import { mikroOrmOptions } from '../../src/database/mikro-orm.config.js';
import { ListingsService } from '../../src/properties/listings.service.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties, addStatus } from '../support/factories.js';

const databases: TestDatabase[] = [];
const create = async (options?: Parameters<typeof TestDatabase.create>[0]): Promise<TestDatabase> => {
  const database = await TestDatabase.create(options);
  databases.push(database);
  return database;
};
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
});

describe('migrations', () => {
  it('generating one more would change nothing', async () => {
    const database = await create();
    // Each server needs its own driver to read its schema back: MariaDB tells defaults differently.
    const orm = (await database.isMariaDb())
      ? await MariaDbOrm.init({ ...mikroOrmOptions(database.config), driver: MariaDbDriver } as never)
      : database.orm;
    try {
      expect(await orm.schema.getUpdateSchemaSQL({ wrap: false, dropTables: false })).toBe('');
    } finally {
      if (orm !== database.orm) await orm.close();
    }
  });

  it('twice changes nothing, and two processes at once migrate once', async () => {
    const database = await create({ migrated: false });
    const runs = await Promise.all([migrate(database.orm), migrate(database.orm)]);
    expect(runs.map((names) => names.length).toSorted((a, b) => a - b)).toEqual([0, 5]);
    expect(await migrate(database.orm)).toEqual([]);
    expect(await database.run('select name from status order by id')).toEqual(
      ['comprando', 'comprado', 'pre_venta', 'en_venta', 'vendido'].map((name) => ({ name })),
    );
  });

  it('one that was interrupted before it was noted down can be run again', async () => {
    const database = await create();
    const shape = async (): Promise<unknown> => [
      await database.run('show create table property'),
      await database.run('show create table property_search'),
      await database.run('select count(*) as statuses from status'),
    ];
    const before = await shape();
    await database.run('delete from mikro_orm_migrations');
    expect(await migrate(database.orm)).toHaveLength(5);
    expect(await shape()).toEqual(before);
  });

  it('rows that were there do not claim to have been created today', async () => {
    const database = await create({ migrated: false });
    await database.run(`create table property (id int not null auto_increment primary key, address varchar(120) not null,
      city varchar(32) not null, price bigint not null, description text null, year int null) default charset latin1`);
    await database.run("insert into property (address, city, price) values ('Calle 1', 'Bogotá', 1)");
    await migrate(database.orm);
    await database.run(
      "insert into property (address, city, price, neighbourhood) values ('Calle 2', 'Cali', 1, '東京 🏠')",
    );
    const rows = await database.run<{
      city: string;
      created_at: string | null;
      neighbourhood: string | null;
    }>('select city, created_at, neighbourhood from property order by id');
    expect(rows).toEqual([
      { city: 'Bogotá', created_at: null, neighbourhood: null },
      { city: 'Cali', created_at: expect.any(String), neighbourhood: '東京 🏠' },
    ]);
  });

  it('leaves statements of old programs, with named columns, working', async () => {
    const database = await create();
    await database.run(
      "insert into property (address, city, price, description, year) values ('Calle 1', 'cali', 1, null, null)",
    );
    const [row] = await database.run<{ id: number; created_at: string; updated_at: string }>(
      'select * from property',
    );
    expect(row!.created_at).toBe(row!.updated_at);
    await database.run('insert into status_history (property_id, status_id) values (?, 4)', [row!.id]);
    await database.run('delete from status_history');
    await database.run('delete from property');
  });
});

describe('npm run rebuild', () => {
  it('recomputes current status and search from the facts, touches no row that is right, and says what was wrong', async () => {
    const database = await create();
    const app = await startApp(database.config);
    try {
      const ids = await addProperties(database, [
        { city: 'Cali' },
        { city: 'Cali' },
        { city: 'Cali', history: [] },
      ]);
      await database.run("update property_search set city_key = 'x' where property_id = ?", [ids[0]]);
      await addStatus(database, ids[1]!, 'comprado', '2026-06-01 00:00:00');
      await database.run("update property set availability = 'sold', current_status_id = 5 where id = ?", [
        ids[2],
      ]);
      const listings = app.get(ListingsService);
      expect(await listings.rebuild()).toEqual({ properties: 3, statuses: 2, search: 2 });
      const { body } = await ask(app, '/v1/properties?city=cali');
      expect(body.items.map((item: { id: number }) => item.id)).toEqual([ids[0]]);

      const before = await database.run('select * from property order by id');
      expect(await listings.rebuild()).toEqual({ properties: 3, statuses: 0, search: 0 });
      expect(await database.run('select * from property order by id')).toEqual(before);
    } finally {
      await app.close();
    }
  });
});

describe('saving listings', () => {
  const listing = (n: number) => ({
    externalRef: `test:${n}`,
    city: 'Tunja',
    area: 57.123,
    latitude: 5.5352001,
    longitude: -73.3677999,
    createdAt: new Date('2026-01-01T05:00:00.123Z'),
    history: [{ status: 'en_venta', at: new Date('2026-02-01T05:00:00.999Z') }],
  });

  it('the same again changes nothing; four at once that bring the same make them once', async () => {
    const database = await create();
    const app = await startApp(database.config);
    try {
      const listings = app.get(ListingsService);
      const batch = Array.from({ length: 50 }, (_, n) => listing(n));
      await Promise.all([1, 2, 3, 4].map(() => listings.save(batch)));
      expect(await listings.save(batch)).toEqual(batch.map(() => 'unchanged'));
      expect(await database.run('select count(*) as homes from property')).toEqual([{ homes: 50 }]);
      expect(await database.run('select count(*) as steps from status_history')).toEqual([{ steps: 50 }]);
      expect(await listings.save([{ ...listing(7), price: 5 }, listing(8)])).toEqual([
        'updated',
        'unchanged',
      ]);
    } finally {
      await app.close();
    }
  });

  it('a step that only repeats the status of its time is not added, nor does the creation move', async () => {
    const database = await create();
    const app = await startApp(database.config);
    const day = (n: number): Date => new Date(`2026-02-0${n}T00:00:00Z`);
    const seen = async (history: [string, number][], createdAt: Date) =>
      app
        .get(ListingsService)
        .save([
          { ...listing(1), createdAt, history: history.map(([status, n]) => ({ status, at: day(n) })) },
        ]);
    try {
      expect(await seen([['en_venta', 3]], day(3))).toEqual(['created']);
      expect(await seen([['en_venta', 5]], day(5))).toEqual(['unchanged']);
      expect(await seen([['vendido', 6]], day(6))).toEqual(['updated']);
      expect(await seen([['en_venta', 4]], day(4))).toEqual(['unchanged']);
      expect(await seen([['en_venta', 2]], day(2))).toEqual(['updated']);
      expect(await seen([['en_venta', 7]], day(7))).toEqual(['updated']);
      const { body } = await ask(app, '/v1/properties/1/status-history');
      expect(body.items.map(({ at }: { at: string }) => at.slice(8, 10))).toEqual(['07', '06', '03', '02']);
      const [row] = await database.run<{ created_at: string }>('select created_at from property');
      expect(row!.created_at).toMatch(/^2026-02-03 00:00:00/);
    } finally {
      await app.close();
    }
  });

  it('all or nothing: an unknown status leaves no trace', async () => {
    const database = await create();
    const app = await startApp(database.config);
    try {
      const broken = { ...listing(2), history: [{ status: 'embargado', at: null }] };
      await expect(app.get(ListingsService).save([listing(1), broken])).rejects.toThrow(
        'no status "embargado"',
      );
      expect(await database.run('select id from property')).toEqual([]);
    } finally {
      await app.close();
    }
  });
});
