import { beforeAll, describe, expect, it } from '@jest/globals';
import { readServerZone } from '../../src/database/server-zone.js';
import { offsetMinutes, offsetText } from '../../src/database/time.js';
import { adoptCheck, serverOffset } from '../support/adopt-check.js';
import { TestDatabase } from '../support/database.js';
import { createLegacyTables } from '../support/legacy.js';
import { listening, type Run, startProcess } from '../support/process.js';
import { Proxy } from '../support/proxy.js';
import { database, useDatabase } from '../support/suite.js';
import { until } from '../support/until.js';

const BUDGET_MS = 120_000;
const WARNING =
  /"level":"warn".*DATABASE_TIMEZONE is ([+-]\d\d:\d\d), but the zone of the database server is/g;

useDatabase();

/** The server's zone, and one that is five hours ahead of it. */
let zone: string;
let ahead: string;

beforeAll(async () => {
  zone = await serverOffset(database);
  ahead = offsetText(offsetMinutes(zone) + 300);
});

describe('readServerZone', () => {
  it('returns the zone of the server, whatever zone the session has', async () => {
    const session = await TestDatabase.connect(database.config);
    try {
      await session.run('set time_zone = @@global.time_zone');
      const [row] = await session.run<{ minutes: number }>(
        'select timestampdiff(minute, utc_timestamp(), now()) as minutes',
      );
      for (const own of ['@@global.time_zone', "'+09:00'", "'-11:00'"]) {
        await session.run(`set time_zone = ${own}`);
        const { offsets, now, utc } = await readServerZone(session.orm.em);
        expect(offsets![0]).toBe(offsetText(Number(row!.minutes)));
        expect(Date.parse(`${now}Z`) - Date.parse(`${utc}Z`)).toBe(Number(row!.minutes) * 60_000);
      }
    } finally {
      await session.close();
    }
  });
});

describe('adopt:check', () => {
  it(
    'prints both zones, and requires an action when they differ or when a date is in the future',
    async () => {
      const legacy = await TestDatabase.create({ migrated: false });
      try {
        await createLegacyTables(legacy, { charset: 'latin1' });
        const same = await adoptCheck(legacy, zone);
        expect(same).toMatchObject({ code: 0 });
        const { global, system } = await readServerZone(legacy.orm.em);
        expect(same.text).toContain(`@@global.time_zone is ${global}, @@system_time_zone ${system}`);
        expect(same.text).toMatch(/NOW\(\) is \d{4}-.* UTC_TIMESTAMP\(\) is \d{4}-/);

        const other = await adoptCheck(legacy, ahead);
        expect(other.code).toBe(1);
        expect(other.text).toContain(`DATABASE_TIMEZONE is ${ahead}, and the zone of the server is ${zone}`);
        expect(other.text).toContain('5 h behind those of this service');

        // A program that writes in a zone two hours ahead.
        await legacy.run("insert into property (address, city, price) values ('', '', 1)");
        await legacy.run(`insert into status_history (property_id, status_id, update_date)
          values (1, 4, convert_tz(utc_timestamp(), '+00:00', @@global.time_zone) + interval 121 minute)`);
        const late = await adoptCheck(legacy, zone);
        expect(late.code).toBe(1);
        expect(late.text).toMatch(
          /newest date of status_history\.update_date is .*, 2 h( 1 min)? in the future/,
        );
      } finally {
        await legacy.drop();
      }
    },
    BUDGET_MS,
  );
});

describe('the service', () => {
  const warnings = ({ output }: Run): string[] => [...output().matchAll(WARNING)].map(([, own]) => own!);
  const isReady = async (address: string): Promise<boolean> =>
    (await fetch(`${address}/health/ready`)).status === 200;

  async function stop(run: Run): Promise<void> {
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(0);
  }

  it(
    'warns once if its zone differs from the zone of the server, otherwise never',
    async () => {
      const differing = startProcess(database, { DATABASE_TIMEZONE: ahead });
      const same = startProcess(database, { DATABASE_TIMEZONE: zone });
      await Promise.all([listening(differing), listening(same)]);
      await until(async () => warnings(differing).length > 0);
      await until(async () => isReady(await listening(same)));
      await Promise.all([stop(differing), stop(same)]);
      expect(warnings(differing)).toEqual([ahead]);
      expect(warnings(same)).toEqual([]);
    },
    BUDGET_MS,
  );

  it(
    'starts while the database is down, and warns when the database is back',
    async () => {
      const { host, port } = database.config.database;
      const proxy = new Proxy({ host, port });
      await proxy.open();
      await proxy.close();
      const run = startProcess(database, {
        DATABASE_HOST: '127.0.0.1',
        DATABASE_PORT: String(proxy.port),
        DATABASE_TIMEZONE: ahead,
      });
      try {
        const address = await listening(run);
        expect((await fetch(`${address}/health/live`)).status).toBe(200);
        expect(warnings(run)).toEqual([]);
        await proxy.open();
        await until(async () => warnings(run).length > 0);
        await stop(run);
        expect(warnings(run)).toEqual([ahead]);
      } finally {
        run.child.kill('SIGKILL');
        await proxy.close();
      }
    },
    BUDGET_MS,
  );
});
