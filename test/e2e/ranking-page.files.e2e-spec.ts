import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { listening, startProcess } from '../support/process.js';
import { atEnd, database, useDatabase } from '../support/suite.js';

const ASSETS = fileURLToPath(new URL('../../dist/web/assets/', import.meta.url));

let address: string;

useDatabase();
beforeAll(async () => {
  const service = startProcess(database);
  atEnd(() => service.child.kill('SIGKILL'));
  address = await listening(service);
});

describe('the files of the ranking page', () => {
  it('total less than 45 KB gzipped', () => {
    const sizes = readdirSync(ASSETS)
      .filter((file) => file.endsWith('.gz'))
      .map((file) => statSync(ASSETS + file).size);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(45_000);
  });

  it('have a policy that forbids inline and foreign content, and assets that browsers cache forever', async () => {
    for (const view of [
      '/ranking',
      '/ranking/cities',
      '/ranking/map',
      '/ranking/market',
      '/ranking/homes/1?by=likes',
    ]) {
      const { status, headers } = await fetch(address + view);
      const policy = headers.get('content-security-policy') ?? '';
      expect([view, status, policy.includes('unsafe'), /default-src 'none'/.test(policy)]).toEqual([
        view,
        200,
        false,
        true,
      ]);
      expect(headers.get('cache-control')).toBe('no-cache');
    }
    const scripts = ['/ranking', '/ranking/cities', '/ranking/homes/1'].map(async (view) => {
      const html = await (await fetch(address + view)).text();
      // The path is relative: it also works below a prefix that a proxy strips.
      return new URL(/src="(\.?[^/"][^"]+\.js)"/.exec(html)![1]!, address + view).href;
    });
    const [script, ...others] = await Promise.all(scripts);
    expect(others).toEqual([script, script]);
    const { headers } = await fetch(script!, { headers: { 'accept-encoding': 'br' } });
    expect([headers.get('cache-control'), headers.get('content-encoding')]).toEqual([
      'public, max-age=31536000, immutable',
      'br',
    ]);
    const other = await fetch(`${address}/ranking/elsewhere`);
    expect([other.status, other.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect((await fetch(`${address}/ranking/`)).url).toBe(`${address}/ranking`);
    expect((await fetch(`${address}/ranking/homes/abc`)).status).toBe(404);
    expect((await fetch(`${address}/ranking`, { method: 'POST' })).status).toBe(405);
  });
});
