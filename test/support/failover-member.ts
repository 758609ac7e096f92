import { addUsers } from './accounts.js';
import { TestDatabase } from './database.js';
import { addProperties } from './factories.js';
import { KillableServer } from './killable-server.js';

export const USERS = 40;
/** The service's account on both servers. It has no rights of an administrator. */
export const SERVICE = { user: 'service', password: 'a password of the tests' };

/** A server with the same rows as the other one. `database` connects as an administrator, who may always write. */
export class Member {
  private constructor(
    readonly server: KillableServer,
    readonly database: TestDatabase,
  ) {}

  static async start(): Promise<Member> {
    const server = await KillableServer.start();
    const administrator = await server.withAdministrator();
    const database = await TestDatabase.create({ server: administrator, name: `${administrator.name}_test` });
    const account = `'${SERVICE.user}'@'127.0.0.1'`;
    await database.run(`create user if not exists ${account} identified by '${SERVICE.password}'`);
    await database.run(`grant all on ${database.config.database.name}.* to ${account}`);
    await addProperties(database, [{}, {}, {}]);
    const names = Array.from({ length: USERS }, (_, i) => `user-${i}`);
    await addUsers(database, names);
    await addUsers(database, ['staff'], { isStaff: true });
    return new Member(server, database);
  }

  async setReadOnly(isReadOnly: boolean): Promise<void> {
    await this.database.run(`set global read_only = ${isReadOnly ? 1 : 0}`);
  }

  /** The number of open connections of the service. */
  async connections(): Promise<number> {
    const [row] = await this.database.run<{ n: number }>(
      'select count(*) as n from information_schema.processlist where user = ?',
      [SERVICE.user],
    );
    return Number(row!.n);
  }

  /** The number of connections since the start of the server. */
  async connectionsEver(): Promise<number> {
    const [row] = await this.database.run<{ Value: string }>("show global status like 'Connections'");
    return Number(row!.Value);
  }

  async likes(): Promise<number> {
    const [row] = await this.database.run<{ n: number }>('select count(*) as n from property_likes');
    return Number(row!.n);
  }

  async stop(): Promise<void> {
    await this.database.close();
    await this.server.stop();
  }
}
