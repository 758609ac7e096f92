import { createHash, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RefreshTokenRepository } from '../../src/accounts/refresh-token.repository.js';
import { SessionsService } from '../../src/accounts/sessions.service.js';
import { SignInPurge } from '../../src/accounts/sign-in-purge.js';
import { migrate } from '../../src/database/migrate.js';
import { addUsers, djangoHash, PASSWORD, post } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import type { TestDatabase } from '../support/database.js';
import { app, database, useApp, useDatabases } from '../support/suite.js';

useApp();
const create = useDatabases();

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const refresh = (refreshToken: string, service = app) => post(service, '/v1/auth/refresh', { refreshToken });
async function login(username: string): Promise<string> {
  const { body } = await post(app, '/v1/auth/login', { username, password: PASSWORD });
  return body.refreshToken as string;
}
async function familyOf(refreshToken: string): Promise<string> {
  const hash = sha256(refreshToken);
  const [row] = await database.run<{ family: string }>(
    'select family from refresh_token where token_hash = ?',
    [hash],
  );
  return row!.family;
}
const countIn = async (table: string, family: string): Promise<number> => {
  const column = table === 'sign_in' ? 'id' : 'family';
  return (await database.run(`select 1 from ${table} where ${column} = ?`, [family])).length;
};

/** Stores used tokens of a family, as a thief does who refreshes all night. */
async function addUsedTokens(
  family: string,
  userId: number,
  count: number,
  expiresAt: string,
): Promise<void> {
  const digits = Array.from({ length: 10 }, (_, i) => `select ${i} as d`).join(' union all ');
  const powers = Array.from({ length: Math.ceil(Math.log10(count)) }, (_, i) => i);
  await database.run(
    `insert into refresh_token (token_hash, family, user_id, password_mark, expires_at, used_at)
    select sha2(concat(?, n), 256), ?, ?, '', ?, '2026-01-01' from (
      select ${powers.map((i) => `1e${i} * t${i}.d`).join(' + ')} as n
      from ${powers.map((i) => `(${digits}) t${i}`).join(' join ')}
    ) numbers where n < ?`,
    [family, family, userId, expiresAt, count],
  );
}

describe('a sign-in with 300,000 refresh tokens', () => {
  let tokens: string[];
  beforeAll(async () => {
    const [ana] = (await addUsers(database, ['ana'])) as [number];
    const first = await login('ana');
    tokens = [first, (await refresh(first)).body.refreshToken];
    await addUsedTokens(await familyOf(first), ana, 300_000, '2099-01-01');
  }, 120_000);

  it('ends when a token is used twice', async () => {
    for (const token of tokens) expect((await refresh(token)).status).toBe(401);
    const ended = 'select 1 from sign_in where id = ? and ended_at is not null';
    expect(await database.run(ended, [await familyOf(tokens[0]!)])).toHaveLength(1);
  });

  it('ends at sign-out', async () => {
    const elsewhere = await login('ana');
    await database.run('update refresh_token set family = ? where token_hash = ?', [
      await familyOf(tokens[0]!),
      sha256(elsewhere),
    ]);
    await database.run('update sign_in set ended_at = null');
    expect((await post(app, '/v1/auth/logout', { refreshToken: elsewhere })).status).toBe(204);
    expect((await refresh(elsewhere)).status).toBe(401);
  });
});

describe('a sign-in', () => {
  it('has 10,000 refresh tokens at most', async () => {
    await addUsers(database, ['elsa']);
    const first = await login('elsa');
    await database.run('update sign_in set rotations = 9999 where id = ?', [await familyOf(first)]);
    const { body } = await refresh(first);
    expect((await refresh(body.refreshToken)).status).toBe(401);
  });

  it('ends when its user starts the hundredth after it; others of the user do not', async () => {
    const [olga] = (await addUsers(database, ['olga'])) as [number];
    const sessions = app.get(SessionsService);
    const start = async () =>
      (await sessions.start({ id: olga, password: djangoHash(PASSWORD) })).refreshToken;
    const [first, second] = [await start(), await start()];
    await database.run("update sign_in set last_used_at = '2026-01-01' where id = ?", [
      await familyOf(first),
    ]);
    await database.run("update sign_in set last_used_at = '2026-01-02' where id = ?", [
      await familyOf(second),
    ]);
    for (let i = 0; i < 99; i++) await start();
    expect(await sessions.list(olga)).toHaveLength(100);
    expect([(await refresh(first)).status, (await refresh(second)).status]).toEqual([401, 200]);
  });

  it('is adopted when a process of the version before started it during the upgrade', async () => {
    await addUsers(database, ['iris']);
    const first = await login('iris');
    const family = await familyOf(first);
    await database.run('delete from sign_in where id = ?', [family]);
    const { status, body } = await refresh(first);
    expect([status, await countIn('sign_in', family)]).toEqual([200, 1]);
    await database.run('delete from sign_in where id = ?', [family]);
    expect((await post(app, '/v1/auth/logout', { refreshToken: body.refreshToken })).status).toBe(204);
    expect((await refresh(body.refreshToken)).status).toBe(401);
  });

  it('ends at the second use of a token, also when it is adopted with it', async () => {
    await addUsers(database, ['pia']);
    const first = await login('pia');
    const { body } = await refresh(first);
    await database.run('delete from sign_in where id = ?', [await familyOf(first)]);
    for (const token of [first, body.refreshToken]) expect((await refresh(token)).status).toBe(401);
  });
});

describe('the purge', () => {
  it('deletes what was over a day ago, also of a user who never came back, at most 1,000 rows at a time', async () => {
    const [eva] = (await addUsers(database, ['eva'])) as [number];
    const [over, live] = [await familyOf(await login('eva')), await familyOf(await login('eva'))];
    await database.run("update sign_in set ends_at = '2026-01-01' where id = ?", [over]);
    await database.run("update refresh_token set expires_at = '2026-01-01' where family = ?", [over]);
    await addUsedTokens(over, eva, 2_500, '2026-01-01');
    // Of a sign-in that is over, but has a token that is not.
    const mixed = await familyOf(await login('eva'));
    await database.run("update sign_in set ends_at = '2026-01-01' where id = ?", [mixed]);
    const deleted = jest.spyOn(app.get(RefreshTokenRepository), 'deleteExpired');
    await app.get(SignInPurge).run();
    expect(await Promise.all(deleted.mock.results.map(({ value }) => value))).toEqual([1_000, 1_000, 501]);
    for (const table of ['sign_in', 'refresh_token'])
      expect([await countIn(table, over), await countIn(table, live), await countIn(table, mixed)]).toEqual([
        0, 1, 1,
      ]);
  });
});

describe('the migration', () => {
  /** A database of the version before, with a family of refresh tokens per element. */
  async function databaseBefore(families: { token: string; userId: number; days: number }[]) {
    const old = await create();
    await addUsers(old, ['ana', 'olga']);
    await old.run('drop table sign_in');
    await old.run('alter table refresh_token drop index refresh_token_expires');
    await old.run("delete from mikro_orm_migrations where name like '%-sign-ins'");
    for (const { token, userId, days } of families)
      await old.run(
        `insert into refresh_token (token_hash, family, user_id, password_mark, expires_at)
        values (?, ?, ?, ?, utc_timestamp() + interval ? day)`,
        [sha256(token), randomUUID(), userId, sha256(djangoHash(PASSWORD)), days],
      );
    return old;
  }
  const signInsOf = (db: TestDatabase) => db.run('select * from sign_in order by id');

  it('keeps refresh tokens valid, each in its sign-in; run again, it changes nothing', async () => {
    const old = await databaseBefore([
      { token: 'a', userId: 1, days: 29 },
      { token: 'b', userId: 1, days: 3 },
      { token: 'c', userId: 2, days: -1 },
    ]);
    const used = `insert into refresh_token (token_hash, family, user_id, password_mark, expires_at, used_at)
      select repeat('0', 64), family, user_id, '', expires_at - interval 2 day, utc_timestamp() from refresh_token where token_hash = ?`;
    await old.run(used, [sha256('a')]);
    await migrate(old.orm);
    const adopted = await signInsOf(old);
    expect(adopted).toHaveLength(2);
    await old.run("delete from mikro_orm_migrations where name like '%-sign-ins'");
    await migrate(old.orm);
    expect(await signInsOf(old)).toEqual(adopted);
    const service = await startApp(old.config);
    try {
      for (const [token, status] of Object.entries({ a: 200, b: 200, c: 401 }))
        expect([token, (await refresh(token, service)).status]).toEqual([token, status]);
      const ends = 'select count(*) as n from sign_in where ends_at > utc_timestamp() + interval 28 day';
      expect(await old.run(ends)).toEqual([{ n: 1 }]);
    } finally {
      await service.close();
    }
  });

  it('ends all sign-ins of a user but the 100 that were used last', async () => {
    const families = Array.from({ length: 102 }, (_, i) => ({
      token: `t${i}`,
      userId: 1,
      days: 1 + (i % 29),
    }));
    const old = await databaseBefore([...families, { token: 'other', userId: 2, days: 1 }]);
    await migrate(old.orm);
    const live = 'select user_id, count(*) as n from sign_in where ended_at is null group by user_id';
    expect(await old.run(live)).toEqual([
      { user_id: 1, n: 100 },
      { user_id: 2, n: 1 },
    ]);
  });
});
