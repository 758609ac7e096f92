import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { addUsers, PASSWORD } from '../support/accounts.js';
import { launchBrowser, newContext } from '../support/browser.js';
import { ask } from '../support/client.js';
import { addProperty } from '../support/factories.js';
import { describeWith } from '../support/optional.js';
import { app, atEnd, database, useApp } from '../support/suite.js';

// The example of `login` is the demo account, whose password all users of this file have.
useApp({ settings: { demoData: true } });

let browser: Browser;
let page: Page;
let propertyId: number;
const complaints: string[] = [];

beforeAll(async () => {
  await addUsers(database, ['ana', 'demo']);
  propertyId = await addProperty(database);
  await app.listen(0, '127.0.0.1');
  browser = await launchBrowser();
  atEnd(() => browser.close());
});

async function open(options?: BrowserContextOptions): Promise<void> {
  page = await (await newContext(browser, options)).newPage();
  complaints.length = 0;
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${await app.getUrl()}/docs`);
  await operation('login').waitFor();
}

const operation = (id: string) => page.locator(`[id$="-${id}"]`);
const authorizeButton = () => page.locator('.auth-wrapper .btn.authorize').first();
const dialog = () => page.locator('.modal-ux');
const isAuthorized = async () => (await page.locator('.auth-wrapper .btn.authorize.locked').count()) > 0;

/** Signs in with the Authorize dialog and waits until it is closed. */
async function signIn(username: string, password = PASSWORD): Promise<void> {
  await authorizeButton().click();
  await dialog().getByLabel('Username').fill(username);
  await dialog().getByLabel('Password').fill(password);
  await dialog().getByLabel('Password').press('Enter');
}

/** Opens an operation unless it is open, presses Execute and returns the status and body that the page shows. */
async function execute(
  id: string,
  parameters: Record<string, string> = {},
): Promise<{ status: string; body: string }> {
  const block = operation(id);
  if (!(await block.locator('.opblock-body').count()))
    await block.locator('.opblock-summary-control').click();
  for (const [name, value] of Object.entries(parameters))
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  const clear = block.locator('.btn-clear');
  if (await clear.count()) await clear.click();
  await block.locator('.execute').click();
  const live = block.locator('.live-responses-table .response');
  await live.first().waitFor();
  const status = (await live.locator('.response-col_status').first().textContent()) ?? '';
  const code = live.locator('.microlight');
  return {
    status: status.trim().slice(0, 3),
    body: (await code.count()) ? ((await code.first().textContent()) ?? '') : '',
  };
}

describeWith('browser', 'Swagger UI in a browser', () => {
  beforeEach(() => open());

  it('signs in with a password in the dialog; a reload keeps it; likes with 201 and then 200, and unlikes', async () => {
    const parameters = { id: String(propertyId) };
    expect((await execute('likeProperty', parameters)).status).toBe('401');
    await signIn('ana');
    await dialog().waitFor({ state: 'detached' });
    await page.reload();
    await operation('login').waitFor();
    expect(await isAuthorized()).toBe(true);

    expect((await execute('likeProperty', parameters)).status).toBe('201');
    expect((await execute('likeProperty')).status).toBe('200');
    const { body } = await execute('getPropertyLikes', parameters);
    expect(JSON.parse(body)).toEqual({ propertyId, count: 1, likedByMe: true });
    expect((await execute('unlikeProperty', parameters)).status).toBe('204');
    expect((await ask(app, `/v1/properties/${propertyId}/likes`)).body.count).toBe(0);
    // Only the expected 401.
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });

  it('the dialog says why a sign-in failed, and forgets it when it is opened again', async () => {
    await authorizeButton().click();
    await dialog().getByRole('button', { name: 'Apply credentials' }).click();
    await dialog().getByText('Enter a username and a password.').waitFor();
    await dialog().getByLabel('Username').fill('ana');
    await dialog().getByLabel('Password').fill('wrong');
    await dialog().getByRole('button', { name: 'Apply credentials' }).click();
    await dialog()
      .getByRole('alert')
      .filter({ hasNotText: /Enter a username/ })
      .waitFor();
    expect(await page.locator('.errors-wrapper').count()).toBe(0);
    await dialog().locator('.close-modal').click();
    await authorizeButton().click();
    await dialog().getByLabel('Username').waitFor();
    expect(await dialog().getByRole('alert').count()).toBe(0);
    expect(await isAuthorized()).toBe(false);
  });

  it('takes a token as well', async () => {
    const login = await ask(app, '/v1/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({ username: 'ana', password: PASSWORD }),
    });
    await authorizeButton().click();
    await dialog().getByText('Use an access token instead').click();
    await dialog()
      .locator('details input')
      .fill(login.body.accessToken as string);
    await dialog().getByRole('button', { name: 'Apply credentials' }).click();
    await dialog().locator('.btn-done').click();
    expect((await execute('getMe')).status).toBe('200');
  });

  it('renews an expired token, once for requests at the same time', async () => {
    await page.clock.install();
    await signIn('ana');
    await dialog().waitFor({ state: 'detached' });
    await page.clock.fastForward(16 * 60_000);
    let renewals = 0;
    page.on('request', (request) => (renewals += request.url().endsWith('/v1/auth/refresh') ? 1 : 0));
    const blocks = ['getMe', 'listMyLikes'].map(operation);
    for (const block of blocks) await block.locator('.opblock-summary-control').click();
    await page.evaluate("document.querySelectorAll('.execute').forEach((button) => button.click())");
    for (const block of blocks) {
      const status = block.locator('.live-responses-table .response .response-col_status');
      await status.first().waitFor();
      expect(await status.first().textContent()).toMatch(/^200/);
    }
    expect(renewals).toBe(1);
  });

  it('drops an expired token that cannot be renewed: the operations for all still work', async () => {
    await page.clock.install();
    await signIn('ana');
    await dialog().waitFor({ state: 'detached' });
    await page.clock.fastForward(16 * 60_000);
    await page.evaluate(() => sessionStorage.clear());
    expect((await execute('listProperties')).status).toBe('200');
    expect(await isAuthorized()).toBe(false);
  });

  it('signs out: the refresh token ends', async () => {
    await signIn('ana');
    await dialog().waitFor({ state: 'detached' });
    const kept = await page.evaluate(() => Object.values({ ...sessionStorage }).join());
    const { refreshToken } = JSON.parse(kept) as { refreshToken: string };
    await authorizeButton().click();
    const signedOut = page.waitForResponse((answer) => answer.url().endsWith('/v1/auth/logout'));
    await dialog().getByRole('button', { name: 'Remove authorization' }).click();
    expect((await signedOut).status()).toBe(204);
    const renewed = await ask(app, '/v1/auth/refresh', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({ refreshToken }),
    });
    expect(renewed.status).toBe(401);
  });

  it('has the demo account as example and in the dialog', async () => {
    const { status, body } = await execute('login');
    expect([status, body.includes('accessToken')]).toEqual(['200', true]);
    await authorizeButton().click();
    await dialog().getByRole('button', { name: 'demo', exact: true }).click();
    await dialog().getByRole('button', { name: 'Apply credentials' }).click();
    await dialog().waitFor({ state: 'detached' });
    expect(JSON.parse((await execute('getMe')).body)).toMatchObject({ username: 'demo' });
  });

  it('finds operations by words, parameters and tags, without accents and case', async () => {
    const search = page.getByRole('searchbox');
    const found = async (phrase: string): Promise<string[]> => {
      await search.fill(phrase);
      const rows = await page.locator('.opblock').evaluateAll((all) => all.map(({ id }) => id));
      const said = await page.getByRole('status').first().textContent();
      expect(said).toBe(rows.length === 1 ? '1 operation' : `${rows.length} operations`);
      return rows.map((id) => id.split('-').at(-1)!);
    };
    expect(await found('unlike a property')).toEqual(['unlikeProperty']);
    expect(await found('MAXBÉDROOMS facets')).toEqual(['getPropertyFacets']);
    expect(await found('ranking csv')).toEqual(['exportPropertyRanking']);
    expect(await found('unlike zzz')).toEqual([]);
    expect((await found('accounts')).length).toBeGreaterThan(5);
    expect(await page.getByText('No operations defined').count()).toBe(0);
  });

  it('links to the document and to the ranking page; the schemas are closed', async () => {
    const links = await page
      .locator('nav a')
      .evaluateAll((all) => all.map((link) => (link as unknown as { href: string }).href));
    const url = await app.getUrl();
    expect(links).toEqual([`${url}/openapi.json`, `${url}/openapi.yaml`, `${url}/ranking`]);
    for (const link of links) expect((await fetch(link)).status).toBe(200);
    await page.locator('.models').waitFor();
    expect(await page.locator('.models .model-container, .models article').count()).toBe(0);
  });
});

describeWith('browser', 'Swagger UI on a phone', () => {
  it('needs no horizontal scrolling of the page, with the dialog and an answer open, in text of a readable size', async () => {
    await open({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    const widths = () => page.evaluate('[document.documentElement.scrollWidth, innerWidth]');
    expect(await widths()).toEqual([390, 390]);
    await authorizeButton().click();
    expect(await widths()).toEqual([390, 390]);
    await dialog().locator('.close-modal').click();
    for (const id of ['listProperties', 'login']) {
      await execute(id);
      expect([id, await widths()]).toEqual([id, [390, 390]]);
    }
    const input = operation('listProperties').locator('tr[data-param-name="q"] input');
    // Browsers of phones zoom into smaller fields.
    expect(
      await page.evaluate(
        `getComputedStyle(document.querySelector('tr[data-param-name="q"] input')).fontSize`,
      ),
    ).toBe('16px');
    expect((await input.boundingBox())!.width).toBeGreaterThan(250);
  });
});
