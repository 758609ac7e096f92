// `npm run connections` in deploy/lambda: opens the pools of all environments at once, and of those that they replace, on a database
// server with the max_connections of the stack. All statements must succeed.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createDatabase, dropDatabase, SETTINGS } from './test/database.mjs';

const PROJECT = join(import.meta.dirname, '../..');
/** As in deploy/aws: `CONCURRENCY`, `MAX_CONNECTIONS`. */
const ENVIRONMENTS = 200;
const MAX_CONNECTIONS = 1_000;
/** A request, the KILL of its statement, and a third one that must wait. */
const STATEMENTS = 3;

const { MikroORM } = createRequire(join(PROJECT, 'package.json'))('@mikro-orm/mysql');
const { readConfig } = await import(join(PROJECT, 'dist/config/config.js'));
const { mikroOrmOptions } = await import(join(PROJECT, 'dist/database/mikro-orm.config.js'));
const config = readConfig({ ...SETTINGS, DATABASE_POOL_SIZE: '2' });

const connection = await createDatabase();
const [limits] = await connection.query('select @@max_connections as n');
if (/** @type {Record<string, number>[]} */ (limits)[0]?.n !== MAX_CONNECTIONS)
  throw new Error(`max_connections is not ${MAX_CONNECTIONS}`);
/** @type {{ em: import('@mikro-orm/mysql').EntityManager, close(): Promise<void> }[]} */
const environments = [];
try {
  for (const versions of [1, 2]) {
    while (environments.length < versions * ENVIRONMENTS) {
      const environment = await MikroORM.init(mikroOrmOptions(config));
      environments.push(environment);
      const connect = () => environment.em.getConnection().execute('select 1');
      await Promise.all([connect(), connect()]);
    }
    const statements = environments.flatMap(({ em }) =>
      Array.from({ length: STATEMENTS }, () =>
        em.getConnection().execute('select count(*), sleep(1) from property'),
      ),
    );
    const failed = (await Promise.allSettled(statements)).filter(({ status }) => status === 'rejected');
    const [rows] = await connection.query("show global status like 'Max_used_connections'");
    const [used] = /** @type {Record<string, string>[]} */ (rows);
    console.log(
      `${environments.length} environments, ${statements.length} statements: ${failed.length} failed; ` +
        `${used?.Value} of ${MAX_CONNECTIONS} connections`,
    );
    if (failed.length > 0) process.exitCode = 1;
  }
} finally {
  for (const environment of environments) await environment.close();
  await dropDatabase(connection);
}
