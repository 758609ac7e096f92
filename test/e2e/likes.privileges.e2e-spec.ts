import { expect, it } from '@jest/globals';
import { migrate } from '../../src/database/migrate.js';
import { grantServiceRights } from '../../src/database/service-rights.js';
import { LikeEventRepository } from '../../src/likes/like-event.repository.js';
import { LikeWriter } from '../../src/likes/like-writer.js';
import { addUsers } from '../support/accounts.js';
import { TestDatabase } from '../support/database.js';
import { addProperty } from '../support/factories.js';
import { KillableServer } from '../support/killable-server.js';
import { describeWith } from '../support/optional.js';

const AT = '2026-11-20 10:00:00';
const LOGIN = { user: 'no_procedures', password: 'a password of the tests' };

describeWith('database-server', 'a database account without rights on procedures', () => {
  it('migrates, and its likes work, also when another account has created the procedures', async () => {
    const server = await KillableServer.start();
    try {
      const administrator = await server.withAdministrator();
      const database = await TestDatabase.create({
        server: administrator,
        name: `${administrator.name}_test`,
      });
      const account = `'${LOGIN.user}'@'127.0.0.1'`;
      await database.run(`create user ${account} identified by '${LOGIN.password}'`);
      await database.run(
        `grant select, insert, update, delete, create, alter, index, drop, references on ${database.config.database.name}.* to ${account}`,
      );
      for (const name of ['like_property_until', 'unlike_property_until'])
        await database.run(`drop procedure ${name}`);
      const forget = "delete from mikro_orm_migrations where name like '%like-deadlines'";
      await database.run(forget);

      const { name } = database.config.database;
      const limited = await TestDatabase.create({
        server: { ...administrator, ...LOGIN },
        name,
        migrated: false,
      });
      expect(await migrate(limited.orm)).toHaveLength(1);
      const { em } = limited.orm;
      const writer = new LikeWriter(em, new LikeEventRepository(em));
      const [userId] = (await addUsers(database, ['ana'])) as [number];
      const id = await addProperty(database);
      expect(await writer.add(id, userId, AT)).toEqual({ outcome: 'added' });

      await database.run(forget);
      expect(await migrate(database.orm)).toHaveLength(1);
      await expect(limited.run('call unlike_property_until(1, 1, 1, now(), now())')).rejects.toMatchObject({
        errno: 1370,
      });
      expect(await writer.remove(id, userId, AT)).toBe('removed');
      await limited.close();

      // DATABASE_SERVICE_PASSWORD: `migrate` creates the account, and changes its password.
      const user = 'made_by_migrate';
      for (const password of ["another ' password", LOGIN.password])
        await grantServiceRights(database.orm, `${user}@127.0.0.1`, password);
      const made = await TestDatabase.create({
        server: { ...administrator, user, password: LOGIN.password },
        name,
        migrated: false,
      });
      expect(await made.run('select count(*) as likes from property_likes')).toEqual([{ likes: 0 }]);
      await expect(made.run('delete from property_audit')).rejects.toMatchObject({ errno: 1142 });
      await made.close();
      await database.close();
    } finally {
      await server.stop();
    }
  }, 120_000);
});
