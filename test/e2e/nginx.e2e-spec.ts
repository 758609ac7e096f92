import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { addUsers, PASSWORD } from '../support/accounts.js';
import { launchBrowser, newContext } from '../support/browser.js';
import { addProperties } from '../support/factories.js';
import { startNginx } from '../support/nginx.js';
import { describeWith } from '../support/optional.js';
import { listening, startProcess } from '../support/process.js';
import { atEnd, database, useDatabase } from '../support/suite.js';
import { until } from '../support/until.js';

const LIMIT = 5_000;

useDatabase();

let address: string;
let properties: number[];
let staff: { authorization: string };

beforeAll(async () => {
  const [sonia] = await addUsers(database, ['sonia'], { isStaff: true });
  properties = await addProperties(
    database,
    Array.from({ length: 30 }, (_, i) => ({ city: 'Cali', address: `Calle ${i + 1}` })),
  );
  await database.run(
    `insert into property_likes (property_id, user_id, created_at) values (?, ?, utc_timestamp())`,
    [properties[0], sonia],
  );
  const service = startProcess(database, {
    // The callers in this test use other loopback addresses.
    TRUSTED_PROXIES: '127.0.0.1',
    RATE_LIMIT_PER_MINUTE: String(LIMIT),
    RATE_LIMIT_SIGN_IN_PER_MINUTE: '0',
  });
  atEnd(async () => {
    service.child.kill('SIGKILL');
    await service.ended;
  });
  const nginx = await startNginx(await listening(service));
  atEnd(nginx.stop);
  address = nginx.address;
  await until(async () => (await database.run('select 1 from ranking')).length === 1);
  const { body } = await ask('/v1/auth/login', { payload: { username: 'sonia', password: PASSWORD } });
  staff = { authorization: `Bearer ${(JSON.parse(body) as { accessToken: string }).accessToken}` };
});

interface Options {
  method?: string;
  headers?: Record<string, string>;
  payload?: object;
  /** The caller's address. */
  caller?: string;
}

/** Sends a request through nginx, to a path below the prefix or to a full URL. */
async function ask(
  path: string,
  { payload, method = payload ? 'POST' : 'GET', headers = {}, caller = '127.0.0.1' }: Options = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string; url: string }> {
  const url = path.startsWith('http') ? path : address + path;
  const sent = request(url, {
    method,
    localAddress: caller,
    headers: { ...headers, ...(payload && { 'content-type': 'application/json' }) },
    agent: false,
  });
  sent.end(payload && JSON.stringify(payload));
  const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer), url };
}

describeWith('nginx', 'behind nginx, which strips a prefix', () => {
  it('each caller has its own limit, whatever headers it forges', async () => {
    const left = async (caller: string, forged?: string): Promise<number> => {
      const headers: Record<string, string> = forged ? { 'x-forwarded-for': forged } : {};
      const { headers: given } = await ask('/v1/properties?limit=1', { caller, headers });
      return Number(/r=(\d+)/.exec(String(given['ratelimit']))?.[1]);
    };
    expect(await left('127.0.0.2')).toBe(LIMIT - 1);
    expect(await left('127.0.0.3')).toBe(LIMIT - 1);
    for (const [i, forged] of ['192.0.2.1', '127.0.0.1', 'unknown', '192.0.2.2, 127.0.0.3'].entries())
      expect([forged, await left('127.0.0.2', forged)]).toEqual([forged, LIMIT - 2 - i]);
    expect(await left('127.0.0.3')).toBe(LIMIT - 2);
  });

  it('the links of lists lead to every property', async () => {
    const ids: number[] = [];
    let next: string | undefined = '/v1/properties?limit=7&sort=price';
    while (next) {
      const { status, headers, body, url }: Awaited<ReturnType<typeof ask>> = await ask(next);
      expect(status).toBe(200);
      ids.push(...(JSON.parse(body) as { items: { id: number }[] }).items.map(({ id }) => id));
      const reference = /^<(.*)>; rel="next"$/.exec(String(headers['link'] ?? ''))?.[1];
      next = reference && new URL(reference, url).href;
    }
    expect(ids.toSorted((a, b) => a - b)).toEqual(properties);
  });

  it('the Location of a new property leads to it', async () => {
    const payload = { address: 'Carrera 1', city: 'Pasto', price: 1, status: 'comprado' };
    const made = await ask('/v1/properties', { headers: staff, payload });
    expect(made.status).toBe(201);
    const found = await ask(new URL(String(made.headers['location']), made.url).href, { headers: staff });
    expect([found.status, JSON.parse(found.body)]).toEqual([200, JSON.parse(made.body)]);
  });

  it('redirects stay below the prefix', async () => {
    for (const [path, to] of [
      ['/docs/', '/listings/docs'],
      ['/ranking/', '/listings/ranking'],
    ] as const) {
      const { status, headers, url } = await ask(path);
      expect([path, status, new URL(String(headers['location']), url).pathname]).toEqual([path, 308, to]);
    }
  });

  it('staff can edit a property with an ETag that nginx made weak when it compressed the answer', async () => {
    const path = `/v1/properties/${properties[5]}`;
    const { headers } = await ask(path, { headers: { 'accept-encoding': 'gzip' } });
    expect([headers['content-encoding'], headers.etag]).toEqual(['gzip', expect.stringMatching(/^W\/"/)]);
    const patch = (year: number) =>
      ask(path, {
        method: 'PATCH',
        headers: { ...staff, 'if-match': headers.etag! },
        payload: { year },
      });
    expect((await patch(1987)).status).toBe(200);
    expect((await patch(1988)).status).toBe(412);
  });
});

describeWith('nginx', 'behind nginx', () => {
  describeWith('browser', 'in a browser', () => {
    let browser: Browser;
    let page: Page;
    let complaints: string[];

    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser?.close());

    async function open(path: string): Promise<void> {
      const context = await newContext(browser, { locale: 'es-CO' });
      page = await context.newPage();
      complaints = [];
      page.on('console', (message) => {
        // A JSON page names no icon, so the browser requests one at the root, outside the service.
        if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico'))
          complaints.push(`${message.text()} ${message.location().url}`);
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(address + path);
    }

    it.each(['docs', 'ranking', 'health/ready'])('the start page leads to %s', async (path) => {
      await open('/');
      await page.locator(`a[href="${path}"]`).click();
      await page.waitForURL(`${address}/${path}`);
      expect(complaints).toEqual([]);
    });

    it('Swagger UI calls the service and signs in below the prefix, even if its URL ends with a slash', async () => {
      await open('/docs/');
      const operation = page.locator('[id$="-findPlaces"]');
      await operation.locator('.opblock-summary-control').click();
      await operation.locator('tr[data-param-name="q"] input').fill('cali');
      await operation.locator('.execute').click();
      const live = operation.locator('.live-responses-table .response');
      await live.first().waitFor();
      expect(await live.locator('.response-col_status').first().textContent()).toMatch(/^200/);
      expect(await operation.locator('.request-url').textContent()).toContain(`${address}/v1/places?q=cali`);
      await page.locator('.auth-wrapper .btn.authorize').first().click();
      await page.getByLabel('Username').fill('sonia');
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await page.getByLabel('Password', { exact: true }).press('Enter');
      await page.locator('.auth-wrapper .btn.authorize.locked').first().waitFor();
      expect(complaints).toEqual([]);
    });

    it('the ranking page signs staff in, keeps them signed in, and opens each view by its URL', async () => {
      await open('/ranking');
      await page.fill('[name=username]', 'sonia');
      await page.fill('[name=password]', PASSWORD);
      await page.click('button[type=submit]');
      await page.locator('tr[data-home] a').first().click();
      await page.waitForURL(`${address}/ranking/homes/${properties[0]}`);
      await page.locator('.day-chart').waitFor();
      const cookies = await page.context().cookies(`${address}/v1/auth/session`);
      expect(Object.fromEntries(cookies.map(({ name, path }) => [name, path]))).toEqual({
        '__Secure-access': '/listings/v1',
        '__Secure-device': '/listings/v1/auth/session',
        '__Secure-refresh': '/listings/v1/auth/session',
      });
      // The access token has expired, so the page uses the refresh token.
      await page.context().clearCookies({ name: '__Secure-access' });
      await page.reload();
      await page.locator('.day-chart').waitFor();
      await page.locator('nav a').nth(1).click();
      await page.waitForURL(`${address}/ranking/cities`);
      await page.reload();
      await page.locator('table.cities tbody tr').first().waitFor();
      await page.getByRole('button', { name: 'Cerrar sesión' }).click();
      await page.getByLabel('Usuario').waitFor();
      // The cookie of the device gives no access, and stays.
      const left = await page.context().cookies(`${address}/v1/auth/session`);
      expect(left.map(({ name }) => name)).toEqual(['__Secure-device']);
      // The 401 for the removed access token.
      expect(complaints.filter((complaint) => !complaint.includes('401'))).toEqual([]);
    });
  });
});
