import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/mysql';
import { databaseProblem } from '../../src/database/database-errors.js';
import { mikroOrmOptions } from '../../src/database/mikro-orm.config.js';
import { limitStatements } from '../../src/database/statement-deadline.js';
import { SearchThrottle } from '../../src/properties/search/throttle.js';
import { database, useDatabase } from '../support/suite.js';
import { budget } from '../support/until.js';

useDatabase();

// Minutes of work.
const ENDLESS = `select count(*) from information_schema.collations a, information_schema.collations b,
  information_schema.collations c, information_schema.collations d where a.id + b.id + c.id + d.id = -1`;

describe('a statement that takes too long', () => {
  it('the server stops it, the answer is a 503 with the reason, and the connection stays usable', async () => {
    const orm = await MikroORM.init({ ...mikroOrmOptions(database.config), pool: { min: 1, max: 1 } });
    await orm.connect();
    try {
      await limitStatements(orm, 1_500);
      const connection = orm.em.getConnection();
      const [before] = (await connection.execute('select connection_id() as id')) as { id: number }[];
      const started = performance.now();
      const error: unknown = await connection.execute(ENDLESS).then(
        () => undefined,
        (caught: unknown) => caught,
      );
      expect(performance.now() - started).toBeLessThan(budget(1_500));
      expect(databaseProblem(error)).toMatchObject({
        status: 503,
        type: 'too-demanding',
        options: { headers: { 'retry-after': '5' } },
      });
      expect(await connection.execute('select connection_id() as id')).toEqual([before]);
      const running = await database.run<{ INFO: string | null }>(
        "select info as INFO from information_schema.processlist where info like '%a.id + b.id%' and id <> connection_id()",
      );
      expect(running).toEqual([]);
    } finally {
      await orm.close();
    }
  });
});

describe('demanding searches', () => {
  const never = new Promise<never>(() => {});

  it('a few run at once, some wait in a short queue, and the rest get a 503', () => {
    const load = new SearchThrottle();
    let running = 0;
    const start = () => load.run(() => (running++, never));
    for (let i = 0; i < 4 + 24; i++) void start();
    expect(start).toThrow(expect.objectContaining({ status: 503, type: 'search-busy' }));
    return sleep(0).then(() => expect(running).toBe(4));
  });

  it('a failed search makes room for the next', async () => {
    const load = new SearchThrottle();
    for (let i = 0; i < 10; i++)
      await expect(load.run(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(await load.run(async (checkDeadline) => (checkDeadline(), 5))).toBe(5);
  });
});
