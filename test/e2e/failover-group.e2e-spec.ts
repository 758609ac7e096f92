import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { readConfig } from '../../src/config/config.js';
import type { Host } from '../../src/config/database-hosts.js';
import { addUsers } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { type Answer, ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties } from '../support/factories.js';
import { describeWith } from '../support/optional.js';
import { until } from '../support/until.js';

const USERS = 30;

/** A server of the group, as an administrator sees it. */
interface Member {
  address: Host;
  admin: TestDatabase;
}

describeWith('replication-group', 'DATABASE_HOST names the servers of a replication group', () => {
  let members: Member[];
  let database: TestDatabase;
  let app: NestFastifyApplication;

  const isPrimary = async ({ admin }: Member): Promise<boolean> =>
    (
      await admin.run(
        "select 1 from performance_schema.replication_group_members where member_id = @@server_uuid and member_role = 'PRIMARY'",
      )
    ).length > 0;
  const findPrimary = async (): Promise<Member> => {
    for (const member of members) if (await isPrimary(member)) return member;
    throw new Error('the group has no primary');
  };
  const valueOf = async ({ admin }: Member, expression: string): Promise<unknown> =>
    (await admin.run<{ value: unknown }>(`select ${expression} as value`))[0]!.value;

  beforeAll(async () => {
    const server = readConfig({
      DATABASE_HOST: process.env.DATABASE_GROUP,
      DATABASE_USER: process.env.DATABASE_GROUP_USER ?? 'root',
      DATABASE_PASSWORD: process.env.DATABASE_GROUP_PASSWORD ?? '',
    }).database;
    members = [];
    for (const address of server.hosts) {
      const admin = await TestDatabase.connect({
        ...readConfig({ DATABASE_HOST: 'unused', DATABASE_PASSWORD: '' }),
        database: { ...server, ...address, name: 'performance_schema' },
      });
      members.push({ address, admin });
    }
    const primary = await findPrimary();
    database = await TestDatabase.create({ server: { ...server, ...primary.address } });
    await addProperties(database, [{}]);
    await addUsers(
      database,
      Array.from({ length: USERS + 1 }, (_, i) => `user-${i}`),
    );
  }, 120_000);
  afterEach(async () => {
    await app?.close();
  });
  afterAll(async () => {
    const primary = await findPrimary();
    await primary.admin.run(`drop database ${database.config.database.name}`);
    await database.close();
    for (const { admin } of members) await admin.close();
  }, 60_000);

  const start = async (hosts: readonly Host[]): Promise<void> => {
    app = await startApp({
      ...database.config,
      cacheMaxMb: 0,
      database: { ...database.config.database, hosts, ...hosts[0]! },
    });
  };
  const like = (user: number): Promise<Answer> =>
    ask(app, '/v1/properties/1/like', {
      method: 'PUT',
      headers: { authorization: `Bearer ${app.get(AccessTokens).issue(user)}` },
    });

  it('the group chooses another primary: each like is answered with success and stands', async () => {
    await start(members.map(({ address }) => address));
    const before = await findPrimary();
    const next = members.find((member) => member !== before)!;
    const uuid = await valueOf(next, '@@server_uuid');
    expect((await like(1)).status).toBe(201);
    const changed = before.admin.run('select group_replication_set_as_primary(?)', [uuid]);
    const answers: number[] = [];
    for (let user = 2; user <= USERS; user++) answers.push((await like(user)).status);
    await changed;
    expect(answers).toEqual(answers.map(() => 201));
    expect((await findPrimary()).address).toEqual(next.address);
    await until(async () => {
      const name = database.config.database.name;
      return (await valueOf(next, `(select count(*) from ${name}.property_likes)`)) === USERS;
    });
  });

  it('a server that left its group accepts writes: the service does not use it', async () => {
    const primary = await findPrimary();
    const [stray, secondary] = members.filter((member) => member !== primary) as [Member, Member];
    await stray.admin.run('stop group_replication');
    await stray.admin.run('set global super_read_only = 0');
    await stray.admin.run('set global read_only = 0');
    try {
      const written = await valueOf(stray, '@@global.gtid_executed');
      await start([stray.address, secondary.address]);
      expect((await ask(app, '/v1/properties/1')).status).toBe(200);
      // Another user: a like that stands needs no write.
      expect((await like(USERS + 1)).body.type).toBe('urn:problem:read-only');
      await app.close();
      await start([stray.address, stray.address]);
      expect((await like(USERS + 1)).body.type).toBe('urn:problem:unavailable');
      expect(await valueOf(stray, '@@global.gtid_executed')).toEqual(written);
    } finally {
      await stray.admin.run('start group_replication');
    }
  }, 120_000);
});
