import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { MikroORM } from '@mikro-orm/mysql';
import { isMigrated, migrate, planMigrations } from '../../src/database/migrate.js';
import { mikroOrmOptions } from '../../src/database/mikro-orm.config.js';
import { migrations } from '../../src/database/migrations/index.js';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { signIn } from '../support/accounts.js';
import { adoptCheck } from '../support/adopt-check.js';
import { startApp } from '../support/app.js';
import { ask, walk } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { fillLegacyTables, legacyBytes, type LegacyShape, createLegacyTables } from '../support/legacy.js';
import { schemaOf } from '../support/schema.js';
import { useDatabases } from '../support/suite.js';

const createDatabase = useDatabases();
async function create(shape?: LegacyShape): Promise<TestDatabase> {
  const database = await createDatabase({ migrated: false });
  if (shape) await createLegacyTables(database, shape);
  if (shape) await fillLegacyTables(database, shape);
  return database;
}

/** The rollback statements of docs/adoption.md. */
function rollback(): string[] {
  const text = readFileSync(new URL('../../docs/adoption.md', import.meta.url), 'utf8');
  const [, sql = ''] = /```sql rollback\n([^]*?)```/.exec(text) ?? [];
  return sql.split(';\n').filter((statement) => statement.trim() !== '');
}

/** Migrates as a new process would, because this process still caches a table that was dropped. */
async function migrateElsewhere(database: TestDatabase): Promise<void> {
  const other = await MikroORM.init(mikroOrmOptions(database.config));
  await other.connect();
  await migrate(other);
  await other.close();
}

const SHAPES: LegacyShape[] = (['latin1', 'utf8mb4'] as const).flatMap((charset) =>
  ([undefined, 'int', 'bigint'] as const).map((likes) => ({ charset, likes })),
);
const DIRTY: LegacyShape = { charset: 'latin1', likes: 'int' };

describe('npm run migrate', () => {
  it.each(SHAPES)('adopts %j: every byte stays, and every property and user is readable', async (shape) => {
    const database = await create(shape);
    const before = await legacyBytes(database);
    const likesBefore = shape.likes ? (await legacyBytes(database, ['property_likes'])).property_likes! : [];
    expect(await migrate(database.orm)).toHaveLength(migrations.length);
    expect(await legacyBytes(database)).toEqual(before);

    // The oldest like of each pair stays unchanged.
    const likes = (await legacyBytes(database, ['property_likes'])).property_likes!;
    expect(likes.filter((line) => !likesBefore.includes(line))).toEqual([]);
    const pairOf = (line: string): string => line.split(' ').slice(1, 3).join();
    expect(likes.map(pairOf).toSorted()).toEqual([...new Set(likesBefore.map(pairOf))].toSorted());

    const app = await startApp(database.config);
    try {
      await app.get(ListingsService).fill();
      expect(await legacyBytes(database)).toEqual(before);
      const listed = await walk(app, '/v1/properties?limit=7');
      const byRule = await database.run<{ id: number }>(`
        select p.id from property p where (
          select s.name from status_history h join status s on s.id = h.status_id where h.property_id = p.id
          order by h.update_date desc, h.id desc limit 1
        ) in ('pre_venta', 'en_venta', 'vendido')`);
      expect(listed.toSorted((a, b) => a - b)).toEqual(byRule.map(({ id }) => id).toSorted((a, b) => a - b));
      const staff = await signIn(app, 'user0');
      for (let id = 1; id <= 60; id++) {
        const paths = ['', '/visibility'].map((rest) =>
          ask(app, `/v1/properties/${id}${rest}`, { headers: staff }),
        );
        expect((await Promise.all(paths)).map(({ status }) => status)).toEqual([200, 200]);
      }
    } finally {
      await app.close();
    }
    // The sign-in changed last_login, as Django does.
    const state = async () => [
      await schemaOf(database),
      await legacyBytes(database, ['property', 'status', 'status_history', 'auth_user', 'property_likes']),
    ];
    const standing = await state();
    expect(await migrate(database.orm)).toEqual([]);
    await database.run('delete from mikro_orm_migrations');
    expect(await migrate(database.orm)).toHaveLength(migrations.length);
    expect(await state()).toEqual(standing);
  });
});

describe('docs/adoption.md', () => {
  it('its SQL rolls back: no byte is lost, statements without column names work again, and the database can be migrated again', async () => {
    const database = await create(DIRTY);
    const [bytes, schema] = [await legacyBytes(database), await schemaOf(database)];
    await migrate(database.orm);
    const migrated = await schemaOf(database);
    for (const statement of rollback()) await database.run(statement);
    expect(await legacyBytes(database)).toEqual(bytes);
    const { property_likes: likes, ...others } = await schemaOf(database);
    const { property_likes: _, ...othersBefore } = schema;
    expect(others).toEqual(othersBefore);
    expect(likes).not.toContain('UNIQUE');
    await database.run("insert into property values (null, 'Calle 1', 'Cali', 1, null, null)");
    await database.run('insert into property_likes (property_id, user_id) values (1, 1), (1, 1)');

    await migrateElsewhere(database);
    const again = await schemaOf(database);
    expect(Object.keys(again)).toEqual(Object.keys(migrated));
    expect(again.property).toBe(migrated.property);
  });
});

describe('npm run adopt:check', () => {
  it('reports the changes and the required actions to a read-only user, and changes nothing', async () => {
    const database = await create(DIRTY);
    const state = async () => [
      await schemaOf(database),
      await legacyBytes(database, ['property', 'status', 'status_history', 'auth_user', 'property_likes']),
    ];
    const before = await state();
    const { code, text } = await adoptCheck(database);
    expect(await state()).toEqual(before);
    expect(code).toBe(1);
    const [{ pairs } = { pairs: 0 }] = await database.run<{ pairs: number }>(
      'select count(distinct property_id, user_id) as pairs from property_likes',
    );
    for (const line of [
      'tables property_search, property_words,',
      'to property: columns neighbourhood, property_type,',
      /\d+ properties: the status with the newest date is not the status that was inserted last\./,
      /en_venta, while this service shows /,
      /\d+ properties: several statuses have the newest date\./,
      `Rows of property_likes that repeat an older like of the same property and user: ${400 - pairs}.`,
      /Rows of status_history without a valid date in update_date \(such as 0000-00-00\): \d+/,
      'Rows of property_likes without a valid date in created_at (such as 0000-00-00): 1.',
      'Rows of auth_user without a valid date in date_joined (such as 0000-00-00): 1.',
      /Users who cannot sign in, .*: \d+/,
      /Users whose email an older user also has: \d+/,
      'INSERT INTO property VALUES',
      'error 1062',
      'property.description (latin1)',
      'alter table property add column neighbourhood',
      'create table if not exists property_search (',
      'delete l from property_likes l',
    ])
      expect(text).toMatch(line);
    // No personal data except ids.
    expect(text).not.toMatch(/Same@|user\d+@|José|Peña|bcrypt\$|260000/);
  });

  it('exits with 0 for an empty database, for a clean one, and after the migration', async () => {
    const empty = await create();
    expect(await adoptCheck(empty)).toEqual({
      code: 0,
      text: expect.stringMatching(/tables property, status, .*Action required: nothing/s),
    });
    const clean = await create();
    await createLegacyTables(clean, DIRTY);
    await clean.run("insert into property (address, city, price) values ('Calle 1', 'Cali', 1)");
    await clean.run('insert into status_history (property_id, status_id) values (1, 4)');
    expect((await adoptCheck(clean)).code).toBe(0);
    await migrate(clean.orm);
    expect(await adoptCheck(clean)).toEqual({
      code: 0,
      text: expect.stringContaining('Nothing: the database is up to date.'),
    });
  });

  it('names conflicts with tables, columns, statuses and engines', async () => {
    const database = await create();
    await createLegacyTables(database, { charset: 'utf8mb4' });
    await database.run('create table ranking (id int primary key)');
    await database.run(
      'alter table property add column area varchar(20), add column bedrooms int, add column agent int not null, add column modified timestamp default current_timestamp on update current_timestamp',
    );
    await database.run("update status set name = 'a_la_venta' where name = 'en_venta'");
    await database.run(
      'create table property_likes (id int primary key, property_id int, user_id int, liked_on datetime) engine = MyISAM',
    );
    const { code, text } = await adoptCheck(database);
    expect(code).toBe(1);
    for (const line of [
      'A table ranking is there, without property_id,',
      'A table property_likes is there, without created_at: it is another one',
      'The column property.area is there, of type varchar(20); it should be decimal(12,2)',
      'property.agent needs a default',
      'The column property.bedrooms already exists',
      'Columns of property with ON UPDATE CURRENT_TIMESTAMP: modified',
      'The table status has no row named en_venta',
      'alter table property_likes engine = InnoDB;',
    ])
      expect(text).toContain(line);
  });

  it('names the tables that MySQL Group Replication would refuse, and none of the service', async () => {
    const database = await create();
    expect((await adoptCheck(database)).text).not.toContain('Group Replication');
    await database.run('create table log_of_visits (id int, unique key (id))');
    await database.run('create table old_offers (id int primary key) engine = MyISAM');
    await database.run('create table tags (name varchar(20) not null, unique key (name))');
    const { text } = await adoptCheck(database);
    expect(text).toContain(
      'Tables that MySQL Group Replication refuses writes to: log_of_visits, old_offers.',
    );
    expect(text).toContain('log_of_visits needs a primary key');
    expect(text).toContain('old_offers needs the engine InnoDB');
  });

  it('the check and the migration refuse a database where an old table replaced a migrated one', async () => {
    const database = await create(DIRTY);
    await database.run('create table old_likes like property_likes');
    await migrate(database.orm);
    await database.run('drop table property_likes');
    await database.run('rename table old_likes to property_likes');
    expect(await adoptCheck(database)).toEqual({
      code: 1,
      text: expect.stringMatching(/^This database was migrated, but property_likes has nothing of it: /),
    });
    await expect(migrate(database.orm)).rejects.toThrow('was migrated');
    expect(await isMigrated(database.orm)).toBe(false);

    for (const statement of rollback().filter((each) => each.includes('DROP TABLE')))
      await database.run(statement);
    await migrateElsewhere(database);
    expect(await adoptCheck(database)).toMatchObject({
      text: expect.stringContaining('the database is up to date'),
    });
  });

  it.each([undefined, DIRTY])('its SQL creates the same schema as the migration, from %j', async (shape) => {
    const [planned, migrated] = [await create(), await create()];
    if (shape) for (const database of [planned, migrated]) await createLegacyTables(database, shape);
    const { statements, conflicts } = await planMigrations(planned.orm);
    expect(conflicts).toEqual([]);
    for (const statement of statements) {
      // Statements for batches of rows are printed without values.
      if (!statement.includes('?')) await planned.run(statement);
    }
    await migrate(migrated.orm);
    const { mikro_orm_migrations: _, ...schema } = await schemaOf(migrated);
    expect(await schemaOf(planned)).toEqual(schema);
  });
});
