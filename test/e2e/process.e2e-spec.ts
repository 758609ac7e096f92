import { once } from 'node:events';
import { createServer } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { addProperties } from '../support/factories.js';
import { childrenOf, listening, type Run, startProcess } from '../support/process.js';
import { database, useDatabase } from '../support/suite.js';

useDatabase();

beforeAll(async () => {
  await addProperties(database, [{}]);
});

const start = (env: Record<string, string> = {}): Run => startProcess(database, env);

describe('node dist/main.js', () => {
  it('prints one clear sentence when the port is in use', async () => {
    const server = createServer().listen(0);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const run = start({ PORT: String(port) });
    expect(await run.ended).toBe(1);
    expect(run.output()).toBe(`Port ${port} is taken by another program; set PORT to a free one.\n`);
    server.close();
  });

  it('prints one clear sentence when a setting is missing or invalid', async () => {
    const run = start({ DATABASE_HOST: '', LOG_LEVEL: 'loud' });
    expect(await run.ended).toBe(1);
    expect(run.output()).toMatch(/^The settings .*LOG_LEVEL is "loud".*DATABASE_HOST is not set\.\n$/);
  });

  it('is one process, and writes JSON log lines to a pipe', async () => {
    const run = start();
    await fetch(`${await listening(run)}/v1/properties`);
    expect(childrenOf(run.child.pid!)).toEqual([]);
    run.child.kill('SIGTERM');
    await run.ended;
    const lines = run
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string });
    expect(lines.at(-1)!.msg).toBe('GET /v1/properties');
  });

  it('serves on a read-only file system', async () => {
    // The permission model of Node.js: each write to a file is an error.
    const run = start({ NODE_OPTIONS: '--permission --allow-fs-read=*' });
    const address = await listening(run);
    for (const path of ['/health/ready', '/v1/properties', '/docs', '/ranking/'])
      expect((await fetch(address + path)).status).toBe(200);
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(run.output()).not.toContain('ERR_ACCESS_DENIED');
  });
});
