import { expect, it } from '@jest/globals';
import { ask } from '../support/client.js';
import { app, useApp } from '../support/suite.js';

useApp();

const URLS = [
  '/',
  '/v1/properties',
  '/v1/nothing',
  '/v1/properties/%zz',
  '/docs',
  '/openapi.json',
  '/ranking',
];

it.each(URLS)(
  '%s: HTTPS for a year with all subdomains, no referrer, no frame of another site',
  async (url) => {
    const { headers } = await ask(app, url);
    const [, seconds] =
      /^max-age=(\d+); includeSubDomains$/.exec(headers['strict-transport-security']!) ?? [];
    expect(Number(seconds)).toBeGreaterThanOrEqual(365 * 86_400);
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['content-security-policy']).toMatch(/frame-ancestors '(self|none)'/);
  },
);

it('TRACE is a 405', async () => {
  expect((await ask(app, '/v1/properties', { method: 'TRACE' })).status).toBe(405);
});
