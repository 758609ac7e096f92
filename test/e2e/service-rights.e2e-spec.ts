import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TestDatabase } from '../support/database.js';
import { describeWith } from '../support/optional.js';
import { atEnd, database, useDatabase } from '../support/suite.js';

useDatabase();

async function errorOf(statement: string): Promise<number | undefined> {
  const service = await TestDatabase.connect(database.config, database.config.database.user);
  atEnd(() => service.close());
  return service.run(statement).then(
    () => undefined,
    (error: { errno: number }) => error.errno,
  );
}

describeWith('service-account', 'the account that serves', () => {
  it('only appends to property_audit', async () => {
    expect(await errorOf('select count(*) from property_audit')).toBeUndefined();
    expect(await errorOf('delete from property_audit')).toBe(1142);
    expect(await errorOf("update property_audit set action = 'x'")).toBe(1142);
    expect(await errorOf('truncate property_audit')).toBe(1142);
  });

  it('changes no schema, no account and no record of the migrations', async () => {
    await database.run('create table other_program (id int primary key)');
    for (const statement of [
      'create table a_table (id int primary key)',
      'alter table property add column a_column int',
      'drop table property_likes',
      'drop procedure like_property',
      "create user 'a_user'@'%' identified by 'a password'",
      "grant select on property to 'habi_reader'@'127.0.0.1'",
      'delete from mikro_orm_migrations',
      'select * from other_program',
      'select * from mysql.user',
    ])
      expect([statement, await errorOf(statement)]).toEqual([statement, expect.any(Number)]);
  });

  it('may call the procedures of likes', async () => {
    expect(await errorOf('call like_property(1, 1, 1, now())')).toBeUndefined();
  });
});

describeWith('service-account', 'npm run migrate with DATABASE_SERVICE_USER', () => {
  const command = fileURLToPath(new URL('../../dist/commands/migrate.js', import.meta.url));
  const migrateFor = (account: string, password?: string) => {
    const owner = { DATABASE_USER: database.owner.user, DATABASE_SERVICE_USER: account };
    const env = { ...database.environment, ...owner, DATABASE_SERVICE_PASSWORD: password };
    return spawnSync(process.execPath, [command], { env, encoding: 'utf8' });
  };

  it('grants the rights of tables that are new since the last run', async () => {
    const account = database.config.database.serviceUser!;
    const grantee = account.replace('@', "'@'");
    await database.run(`revoke all privileges on status from '${grantee}'`);
    expect(await errorOf('select * from status')).toBe(1142);
    expect(migrateFor(account)).toMatchObject({ status: 0, stdout: 'The database is up to date.\n' });
    expect(await errorOf('select * from status')).toBeUndefined();
  });

  it('says so when the account does not exist', () => {
    const { status, stderr } = migrateFor('nobody@127.0.0.1');
    expect(status).toBe(1);
    expect(stderr).toMatch(/The rights of DATABASE_SERVICE_USER \(nobody@127\.0\.0\.1\) cannot be granted: /);
  });

  it('says so when it may not create the account of DATABASE_SERVICE_PASSWORD', () => {
    const { status, stderr } = migrateFor(database.config.database.serviceUser!, 'a new password');
    expect(status).toBe(1);
    expect(stderr).toContain('with DATABASE_SERVICE_PASSWORD, no right to CREATE USER');
    expect(stderr).not.toContain('a new password');
  });
});
