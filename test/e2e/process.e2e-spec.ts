import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestDatabase } from '../support/database.js';
import { addProperties } from '../support/factories.js';
import { listening, type Run, startProcess } from '../support/process.js';
import { until } from '../support/until.js';

/** Tells a request's statement from others. */
const MARK = 987_654_321;

let database: TestDatabase;

beforeAll(async () => {
  database = await TestDatabase.create();
  await addProperties(database, [{}]);
});
afterAll(() => database?.drop());

const start = (env: Record<string, string> = {}): Run => startProcess(database, env);

describe('node dist/main.js', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: answers what it has taken, takes nothing new, and exits with 0',
    async (signal) => {
      const run = start();
      const address = await listening(run);
      expect((await fetch(`${address}/v1/properties`)).status).toBe(200);

      // A table lock holds the request for as long as the test wants.
      const locker = await TestDatabase.connect(database.config);
      await locker.run('lock tables property write');
      // Connections that ask nothing, or not yet, must not hold it up.
      for (const text of ['', 'GET /v1/prop', 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n']) {
        const socket = connect(Number(new URL(address).port), '127.0.0.1');
        socket.on('error', () => {}).write(text);
      }
      const slow = fetch(`${address}/v1/properties?maxPrice=${MARK}`);
      await until(isWaiting);
      run.child.kill(signal);
      await until(() =>
        fetch(`${address}/health/live`).then(
          () => false,
          () => true,
        ),
      );
      await locker.close();
      expect((await slow).status).toBe(200);
      expect(await run.ended).toBe(0);
    },
  );

  it('one clear sentence when the port is taken', async () => {
    const server = createServer().listen(0);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const run = start({ PORT: String(port) });
    expect(await run.ended).toBe(1);
    expect(run.output()).toBe(`Port ${port} is taken by another program; set PORT to a free one.\n`);
    server.close();
  });

  it('one clear sentence when a setting is missing or absurd', async () => {
    const run = start({ DATABASE_HOST: '', LOG_LEVEL: 'loud' });
    expect(await run.ended).toBe(1);
    expect(run.output()).toMatch(/^The settings .*LOG_LEVEL is "loud".*DATABASE_HOST is not set\.\n$/);
  });

  it('logs JSON lines to a pipe', async () => {
    const run = start();
    await fetch(`${await listening(run)}/v1/properties`);
    run.child.kill('SIGTERM');
    await run.ended;
    const lines = run
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string });
    expect(lines.at(-1)!.msg).toBe('GET /v1/properties');
  });
});

/** Whether the statement of the request waits for the lock: others of the service do, too. */
async function isWaiting(): Promise<boolean> {
  const rows = await database.run<{ State?: string; Info?: string }>('show full processlist');
  return rows.some(
    ({ State, Info }) => /waiting for table/i.test(State ?? '') && Info?.includes(String(MARK)),
  );
}
