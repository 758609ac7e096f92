import { describe, expect, it } from '@jest/globals';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { app, database, useApp } from '../support/suite.js';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

useApp({ settings: { corsOrigins: ['https://habi.co'] } });

const hrefsOf = (html: string): string[] => [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href!);

describe('GET /', () => {
  it('gives a browser a page of working links, without scripts or external resources', async () => {
    const answer = await ask(app, '/', { headers: { accept: BROWSER } });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = answer.headers['content-security-policy'] ?? '';
    expect(policy).toMatch(/^default-src 'none';.* style-src 'sha256-/);
    expect(policy).not.toContain('unsafe');
    const hrefs = hrefsOf(answer.text);
    // Relative links stay correct below a prefix that a proxy strips.
    expect(hrefs).toEqual(['docs', 'ranking', 'health/ready']);
    for (const href of hrefs) expect([href, (await ask(app, `/${href}`)).status]).toEqual([href, 200]);
  });

  it.each([undefined, '*/*', 'application/json', 'application/json, text/html;q=0.9', 'image/*'])(
    'gives the same links as JSON to a caller with Accept: %s',
    async (accept) => {
      const answer = await ask(app, '/', { headers: accept ? { accept } : {} });
      expect([answer.status, answer.body]).toEqual([
        200,
        { links: { docs: 'docs', ranking: 'ranking', ready: 'health/ready' } },
      ]);
      expect(answer.headers.vary).toBe('Origin, Accept, Accept-Encoding');
    },
  );

  it('405 for other methods; HEAD has the headers of GET', async () => {
    const { status, headers } = await ask(app, '/', { method: 'POST' });
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect((await ask(app, '/', { method: 'HEAD' })).status).toBe(200);
  });

  it('has no link to /docs with DOCS=false', async () => {
    const closed = await startApp({ ...database.config, docs: false });
    const page = await ask(closed, '/', { headers: { accept: BROWSER } });
    const { body } = await ask(closed, '/');
    await closed.close();
    expect([hrefsOf(page.text), Object.keys(body.links)]).toEqual([
      ['ranking', 'health/ready'],
      ['ranking', 'ready'],
    ]);
  });
});
