import { MariaDbDriver, MikroORM as MariaDbOrm } from '@mikro-orm/mariadb';
import { describe, expect, it } from '@jest/globals';
import { migrate } from '../../src/database/migrate.js';
import { migrations } from '../../src/database/migrations/index.js';
import { mikroOrmOptions } from '../../src/database/mikro-orm.config.js';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { addUsers, signIn } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { EVEN_SET, ODD_SET, windowSetOf } from '../../src/ranking/model/window-columns.js';
import { addProperties, addStatus, derive } from '../support/factories.js';
import { addLikes, naive, updateRanking } from '../support/ranking.js';
import { useDatabases } from '../support/suite.js';

const create = useDatabases();

describe('migrations', () => {
  it('a generated migration would change nothing', async () => {
    const database = await create();
    // Each server needs its own driver to read its schema back: MariaDB tells defaults differently.
    const orm = (await database.isMariaDb())
      ? await MariaDbOrm.init({
          ...mikroOrmOptions({ database: database.owner }),
          driver: MariaDbDriver,
        } as never)
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
    expect(runs.map((names) => names.length).toSorted((a, b) => a - b)).toEqual([0, migrations.length]);
    expect(await migrate(database.orm)).toEqual([]);
    expect(await database.run('select name from status order by id')).toEqual(
      ['comprando', 'comprado', 'pre_venta', 'en_venta', 'vendido'].map((name) => ({ name })),
    );
  });

  it('a migration that was interrupted before it was recorded can run again', async () => {
    const database = await create();
    const shape = async (): Promise<unknown> => [
      await database.run('show create table property'),
      await database.run('show create table property_search'),
      await database.run('select count(*) as statuses from status'),
    ];
    const before = await shape();
    await database.run('delete from mikro_orm_migrations');
    expect(await migrate(database.orm)).toHaveLength(migrations.length);
    expect(await shape()).toEqual(before);
  });

  it('properties of the version before get their currency, so that their next refresh logs no price', async () => {
    const database = await create();
    const currencies = ['USD', 'cop', 'COP', null, ' '];
    const ids = await addProperties(
      database,
      currencies.map((currency) => ({ currency })),
    );
    const stored = () =>
      database.run<{ currency: string | null }>('select currency from property_search order by property_id');
    await database.run('update property_search set currency = null');
    await database.run('delete from property_price');
    await database.run(
      'update property set updated_at = updated_at, previous_price = null, price_changed_at = null',
    );
    await database.run("delete from mikro_orm_migrations where name like '%-prices'");
    await migrate(database.orm);
    expect((await stored()).map(({ currency }) => currency)).toEqual(['USD', 'cop', null, null, null]);
    await derive(database, ids);
    expect(await database.run('select * from property_price')).toEqual([]);
  });

  it('a ranking of the version before keeps its numbers and gets its scopes', async () => {
    const database = await create();
    const ids = await addProperties(database, [{ city: 'Cali' }, { city: 'Tunja' }, { city: 'Cali' }]);
    const [userId] = await addUsers(database, ['ana']);
    await addLikes(
      database,
      ids.map((propertyId, i) => ({
        propertyId,
        userId: userId!,
        at: naive(Date.now() - i * 20 * 86_400_000),
      })),
    );
    await updateRanking(database);
    const [{ day } = { day: 0 }] = await database.run<{ day: number }>('select day from ranking_state');
    const windows = windowSetOf(day);
    const columns = `property_id, country_scope, city_scope, total, ${Object.values(windows).join(', ')}`;
    const numbers = async (): Promise<unknown[]> => [
      await database.run(`select ${columns} from ranking order by property_id`),
      await database.run(`select ${columns} from ranking_week_ago order by property_id`),
    ];
    const before = await numbers();
    const added = ['country_scope', 'city_scope', ...Object.values(ODD_SET), 'total_even'];
    for (const table of ['ranking', 'ranking_week_ago']) {
      const { total: _total, ...counts } = EVEN_SET;
      const copies = Object.entries(counts).map(([name, column]) => `${column} = ${windows[name as 'd1']}`);
      await database.run(`update ${table} set ${copies.join(', ')}`);
      const odd = ['d1', 'd7', 'd30', 'd90', 'd365'].flatMap((name) => [
        `${table}_${name}_odd`,
        `${table}_city_${name}_odd`,
      ]);
      await database.run(`alter table ${table} ${odd.map((name) => `drop index ${name}`).join(', ')}`);
      await database.run(`alter table ${table} ${added.map((column) => `drop column ${column}`).join(', ')}`);
    }
    await database.run("delete from mikro_orm_migrations where name like '%windows-of-two-days'");
    expect(await migrate(database.orm)).toHaveLength(1);
    expect(await numbers()).toEqual(before);
    expect(await database.run('select written_version = version as same from ranking_state')).toEqual([
      { same: 1 },
    ]);
  });

  it('existing rows get no creation date', async () => {
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

  it.each(['with', 'without'])('adopt existing likes, %s foreign keys', async (how) => {
    const database = await create({ migrated: false });
    const options = 'engine = InnoDB default charset = latin1';
    await database.run(`create table property (id int not null auto_increment primary key, address varchar(120) not null,
      city varchar(32) not null, price bigint not null, description text null, year int null) ${options}`);
    await database.run(`create table auth_user (id int not null auto_increment primary key, password varchar(128) not null,
      last_login datetime(6) null, is_superuser tinyint(1) not null, username varchar(150) not null unique,
      first_name varchar(150) not null, last_name varchar(150) not null, email varchar(254) not null,
      is_staff tinyint(1) not null, is_active tinyint(1) not null, date_joined datetime(6) not null) ${options}`);
    await database.run(`create table property_likes (id int not null auto_increment primary key, property_id int null,
      user_id int null, created_at datetime(6) null${
        how === 'with'
          ? ', foreign key (property_id) references property (id), foreign key (user_id) references auth_user (id)'
          : ''
      }) ${options}`);
    await database.run(
      "insert into property (address, city, price) values ('Calle 1', 'cali', 1), ('Calle 2', 'cali', 1)",
    );
    await addUsers(database, ['ana', 'beto', 'carla']);
    // Old tables have equal emails in another case.
    await database.run("update auth_user set email = 'ANA@example.com' where username = 'beto'");
    await database.run(`insert into property_likes (property_id, user_id, created_at) values
      (1, 1, '2025-03-01 10:00:00.400000'), (1, 1, '2025-02-01 10:00:00'), (1, 1, null), (1, 1, '2025-02-01 10:00:00'),
      (1, 2, null), (2, 2, '2025-05-01 00:00:00')${how === 'with' ? '' : ', (999, 1, now()), (1, 998, now()), (1, null, now())'}`);
    expect(await migrate(database.orm)).toHaveLength(migrations.length);
    const current = await database.run(
      'select property_id, user_id, created_at from property_likes where property_id < 3 and user_id < 4 order by 1, 2',
    );
    expect(current).toEqual([
      { property_id: 1, user_id: 1, created_at: '2025-02-01 10:00:00.000000' },
      { property_id: 1, user_id: 2, created_at: null },
      { property_id: 2, user_id: 2, created_at: '2025-05-01 00:00:00.000000' },
    ]);
    // The like events keep the removed likes.
    const events =
      'select property_id, user_id, action, at from like_event order by at, property_id, user_id';
    const recorded = await database.run(events);
    expect(recorded.map(Object.values)).toEqual([
      [1, 1, 'liked', '1970-01-02 00:00:00'],
      [1, 2, 'liked', '1970-01-02 00:00:00'],
      [1, 1, 'liked', '2025-02-01 10:00:00'],
      [1, 1, 'liked', '2025-03-01 10:00:00'],
      [2, 2, 'liked', '2025-05-01 00:00:00'],
    ]);
    expect(await database.run('select user_id, email_key from account_email order by user_id')).toEqual([
      { user_id: 1, email_key: 'ana@example.com' },
      { user_id: 3, email_key: 'carla@example.com' },
    ]);
    await database.run('delete from mikro_orm_migrations');
    await migrate(database.orm);
    expect(await database.run(events)).toEqual(recorded);
    // A user can unlike a property that does not exist.
    if (how === 'without') {
      const app = await startApp(database.config);
      const headers = await signIn(app, 'ana');
      const answer = await ask(app, '/v1/properties/999/like', { method: 'DELETE', headers });
      expect([answer.status, (await ask(app, '/v1/me/likes', { headers })).body.items.length]).toEqual([
        204, 1,
      ]);
      await app.close();
    }
  });

  it('keep statements of old programs with named columns working', async () => {
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
  it('recomputes current status and search tables, leaves right rows untouched, and reports what was wrong', async () => {
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

  it('a repeated save changes nothing; four equal saves at once create each listing once', async () => {
    const database = await create();
    const app = await startApp(database.config);
    try {
      const listings = app.get(ListingsService);
      const batch = Array.from({ length: 50 }, (_, n) => listing(n));
      await Promise.all([1, 2, 3, 4].map(() => listings.save(batch)));
      expect(await listings.save(batch)).toEqual(batch.map(() => 'unchanged'));
      expect(await database.run('select count(*) as properties from property')).toEqual([{ properties: 50 }]);
      expect(await database.run('select count(*) as steps from status_history')).toEqual([{ steps: 50 }]);
      expect(await listings.save([{ ...listing(7), price: 5 }, listing(8)])).toEqual([
        'updated',
        'unchanged',
      ]);
    } finally {
      await app.close();
    }
  });

  it('adds no history row that repeats the status of its time, and keeps the creation date', async () => {
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
