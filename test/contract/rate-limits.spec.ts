import { expect, it } from '@jest/globals';
import { ask } from '../support/client.js';
import { app, useApp } from '../support/suite.js';

/** Orchestrators call these routes every few seconds. They cost nothing (see health.service.ts). */
const EXEMPT = ['GET /health/live', 'GET /health/ready', 'HEAD /health/live', 'HEAD /health/ready'];

const routes = new Set<string>();

useApp({
  settings: { rateLimitPerMinute: 1_000_000 },
  onRoute: ({ url, method }) => [method].flat().forEach((one) => routes.add(`${one} ${url}`)),
});

/** Routes without a rate limit. */
async function unlimited(addresses: Iterable<string>): Promise<string[]> {
  const found = [];
  for (const address of addresses) {
    const [method, url] = address.split(' ') as [string, string];
    const answer = await ask(app, url.replaceAll(/:\w+|\*/g, '1'), { method });
    if (answer.headers['ratelimit'] === undefined) found.push(address);
  }
  return found.toSorted();
}

it('the general limit covers every route and every refused method, except the health probes', async () => {
  for (const known of ['GET /openapi.yaml', 'GET /docs', 'GET /ranking', 'GET /metrics', 'PATCH /docs'])
    expect(routes).toContain(known);
  expect(await unlimited(routes)).toEqual(EXEMPT);
}, 120_000);

it('the general limit covers unknown and malformed URLs', async () => {
  expect(await unlimited(['GET /nothing', 'POST /v1/nothing', 'GET /%zz', 'GET /health/other'])).toEqual([]);
});
