import { afterEach, beforeAll, expect, it } from '@jest/globals';
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

afterEach(() => {
  const violation = complaints.find((text) => text.includes('Content Security Policy'));
  if (violation) throw new Error(violation);
});

const operation = (id: string) => page.locator(`[id$="-${id}"]`);
const authorizeButton = () => page.locator('.auth-wrapper .btn.authorize').first();
const dialog = () => page.locator('.modal-ux');
const applyButton = () => dialog().getByRole('button', { name: 'Apply credentials' });
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

const waitForAnswer = (path: string) => page.waitForResponse((answer) => answer.url().endsWith(path));
const postJson = (path: string, body: object) =>
  ask(app, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify(body),
  });

describeWith('browser', 'Swagger UI in a browser', () => {
  it('signs in with a password in the dialog; a reload keeps it; likes with 201 and then 200, and unlikes', async () => {
    await open();
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

  it('renews an expired token, once for requests at the same time; only a 401 of the refresh ends the sign-in', async () => {
    await open();
    await page.clock.install();
    await signIn('ana');
    await dialog().waitFor({ state: 'detached' });
    await page.clock.fastForward(16 * 60_000);
    let renewals = 0;
    page.on('request', (request) => (renewals += request.url().endsWith('/v1/auth/refresh') ? 1 : 0));
    const blocks = ['getMe', 'listMyLikes'].map(operation);
    for (const block of blocks) await block.locator('.opblock-summary-control').click();
    // Swagger UI shows the button after it has resolved the operation's references.
    for (const block of blocks) await block.locator('.execute').waitFor();
    await page.evaluate("document.querySelectorAll('.execute').forEach((button) => button.click())");
    for (const block of blocks) {
      const status = block.locator('.live-responses-table .response .response-col_status');
      await status.first().waitFor();
      expect(await status.first().textContent()).toMatch(/^200/);
    }
    expect(renewals).toBe(1);

    await page.clock.fastForward(16 * 60_000);
    const answerRefreshOnce = (status: number) =>
      page.route('**/v1/auth/refresh', (route) => route.fulfill({ status }), { times: 1 });
    await answerRefreshOnce(503);
    // The service refuses the expired token: its own clock does not move, so the test answers.
    await page.route('**/v1/me', (route) => route.fulfill({ status: 401 }), { times: 1 });
    expect([(await execute('getMe')).status, await isAuthorized()]).toEqual(['401', true]);
    expect((await execute('getMe')).status).toBe('200');
    expect(renewals).toBe(3);

    await page.clock.fastForward(16 * 60_000);
    await answerRefreshOnce(401);
    const parameters = { id: String(propertyId) };
    // It takes no expired token, but anyone may call it without one.
    expect((await execute('getPropertyLikes', parameters)).status).toBe('200');
    expect([renewals, await isAuthorized()]).toEqual([4, false]);
  });

  it('keeps an expired token that a tab cannot renew, because another tab may have the refresh token', async () => {
    await open();
    await signIn('ana');
    await dialog().waitFor({ state: 'detached' });
    const kept = () => page.evaluate<string>('localStorage.authorized');
    const authorized = await kept();
    await page.evaluate('sessionStorage.clear()');
    await page.clock.install();
    await page.clock.fastForward(16 * 60_000);
    await execute('getMe');
    expect([await kept(), await isAuthorized()]).toEqual([authorized, true]);
  });

  it('has the demo account as example and in the dialog; a sign-out ends the refresh token; takes a token', async () => {
    await open();
    expect(await execute('login')).toMatchObject({
      status: '200',
      body: expect.stringMatching('accessToken'),
    });
    await authorizeButton().click();
    await dialog().getByRole('button', { name: 'demo', exact: true }).click();
    await applyButton().click();
    await dialog().waitFor({ state: 'detached' });
    expect(JSON.parse((await execute('getMe')).body)).toMatchObject({ username: 'demo' });

    const kept = await page.evaluate<string>('Object.values({ ...sessionStorage }).join()');
    const { refreshToken } = JSON.parse(kept) as Record<string, string>;
    await authorizeButton().click();
    const signedOut = waitForAnswer('/v1/auth/logout');
    await dialog().getByRole('button', { name: 'Remove authorization' }).click();
    expect((await signedOut).status()).toBe(204);
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    expect((await postJson('/v1/auth/refresh', { refreshToken })).status).toBe(401);

    const { accessToken } = (await postJson('/v1/auth/login', { username: 'demo', password: PASSWORD })).body;
    await dialog().getByText('Use an access token instead').click();
    await dialog().locator('details input').fill(accessToken);
    await applyButton().click();
    await dialog().locator('.btn-done').click();
    expect((await execute('getMe')).status).toBe('200');
  });
});

describeWith('browser', 'the page of Swagger UI', () => {
  beforeAll(() => open());

  it('says in the dialog why a sign-in failed, and forgets it when the dialog is opened again', async () => {
    await authorizeButton().click();
    const alert = dialog().getByRole('alert');
    await applyButton().click();
    await alert.getByText('Enter a username and a password.').waitFor();
    await page.route('**/v1/auth/login', (route) => route.fulfill({ status: 502, body: '<html>' }), {
      times: 1,
    });
    await dialog().getByLabel('Username').fill('ana');
    await dialog().getByLabel('Password').fill('wrong');
    await applyButton().click();
    await alert.getByText('The service does not answer (502).').waitFor();
    const refused = waitForAnswer('/v1/auth/login');
    await applyButton().click();
    const { detail } = (await (await refused).json()) as { detail: string };
    await alert.getByText(detail).waitFor();
    expect([await alert.count(), await page.locator('.errors-wrapper').count()]).toEqual([1, 0]);
    await dialog().locator('.close-modal').click();
    await authorizeButton().click();
    await dialog().getByLabel('Username').waitFor();
    expect([await alert.count(), await isAuthorized()]).toEqual([0, false]);
    await dialog().locator('.close-modal').click();
  });

  it('finds operations by words, parameters and tags, without accents and case', async () => {
    const found = async (phrase: string): Promise<string[]> => {
      const box = page.getByRole('searchbox');
      await box.clear();
      // Key by key: the box keeps the focus while the operations change.
      await box.focus();
      await page.keyboard.type(phrase);
      const rows = await page.locator('.opblock').evaluateAll((all) => all.map(({ id }) => id));
      const said = await page.getByRole('status').first().textContent();
      expect(said).toBe(rows.length === 1 ? '1 operation' : `${rows.length} operations`);
      return rows.map((id) => id.split('-').at(-1)!);
    };
    expect(await found('unlike a property')).toEqual(['unlikeProperty']);
    expect(await found('MAXBÉDROOMS facets')).toEqual(['getPropertyFacets']);
    expect(await found('ranking csv')).toEqual(['exportPropertyRanking']);
    expect(await found('unlike zzz')).toEqual([]);
    expect(await page.getByText('No operations defined').count()).toBe(0);
    expect((await found('accounts')).length).toBeGreaterThan(5);
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
  it('needs no horizontal scrolling, with the dialog and an answer open, in text of a readable size', async () => {
    await open({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    const widths = () => page.evaluate('[document.documentElement.scrollWidth, innerWidth]');
    expect(await widths()).toEqual([390, 390]);
    await authorizeButton().click();
    expect(await widths()).toEqual([390, 390]);
    await dialog().locator('.close-modal').click();
    await execute('findPlaces', { q: 'cali' });
    expect(await widths()).toEqual([390, 390]);
    const input = operation('findPlaces').locator('tr[data-param-name="q"] input');
    const size = await page.evaluate(
      `getComputedStyle(document.querySelector('tr[data-param-name="q"] input')).fontSize`,
    );
    // Browsers of phones zoom into smaller fields.
    expect(size).toBe('16px');
    expect((await input.boundingBox())!.width).toBeGreaterThan(250);
  });
});
