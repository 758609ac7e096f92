import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { SecretBox } from '../../src/accounts/secret-box.js';
import { addUsers, PASSWORD } from '../support/accounts.js';
import { addProperties } from '../support/factories.js';
import { describeWith } from '../support/optional.js';
import {
  address,
  context,
  newContext,
  order,
  page,
  rows,
  signIn,
  useRankingPage,
} from '../support/ranking-page.js';
import { database } from '../support/suite.js';
import { until } from '../support/until.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const CITIES = ['Bogotá', 'Cali', 'Medellín'];

let propertyIds: number[];
let userIds: number[];

useRankingPage(async () => {
  await addUsers(database, ['sonia'], { isStaff: true });
  await addUsers(database, ['beto']);
  userIds = await addUsers(
    database,
    Array.from({ length: 40 }, (_, i) => `user-${i}`),
  );
  propertyIds = await addProperties(
    database,
    Array.from({ length: 30 }, (_, i) => ({
      address: `Calle ${i + 1}`,
      city: CITIES[i % 3],
      price: 100_000_000 + i,
    })),
  );
  // Each property has fewer likes than the one before it; the last two have none.
  const likes = propertyIds
    .slice(0, 28)
    .flatMap((propertyId, i) =>
      userIds
        .slice(0, 30 - i)
        .map((userId, n) => [propertyId, userId, new Date(Date.now() - (n % 20) * 86_400_000)] as const),
    );
  await database.run(
    `insert into property_likes (property_id, user_id, created_at) values ${likes.map(() => '(?, ?, ?)').join()}`,
    likes.flatMap(([propertyId, userId, at]) => [
      propertyId,
      userId,
      at.toISOString().slice(0, 19).replace('T', ' '),
    ]),
  );
}, 28);

async function like(propertyId: number, userId: number): Promise<void> {
  const { status } = await fetch(`${address}/v1/properties/${propertyId}/like`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${new AccessTokens(database.config).issue(userId)}` },
  });
  expect(status).toBe(201);
}

describeWith('browser', 'the sign-in on the ranking page', () => {
  it('keeps the tokens out of reach of scripts', async () => {
    await signIn(page);
    await rows().first().waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    const stored = await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })');
    expect(stored).toBe('{"signed-in":"yes"}');
    await page.reload();
    await rows().first().waitFor();
  });

  // Chromium accepts Secure cookies from these hosts without TLS.
  it.each(['localhost', '127.0.0.1'])('works without TLS on %s, with Secure cookies', async (host) => {
    const url = new URL(address);
    url.hostname = host;
    await page.goto(`${url.origin}/ranking`);
    await page.fill('[name=username]', 'sonia');
    await page.fill('[name=password]', PASSWORD);
    await page.click('button[type=submit]');
    await rows().first().waitFor();
    const cookies = await context.cookies();
    expect(Object.fromEntries(cookies.map(({ name, secure }) => [name, secure]))).toEqual({
      '__Secure-access': true,
      '__Secure-device': true,
      '__Secure-refresh': true,
    });
  });

  it('reports a wrong password, and tells a user who is not staff that the page is for staff', async () => {
    await signIn(page, '/ranking', 'sonia', 'not-this-one');
    await page.getByText('El usuario o la contraseña no son correctos.').waitFor();
    await signIn(page, '/ranking', 'beto');
    await page.getByRole('heading', { name: 'Esta página es para el equipo de Habi' }).waitFor();
    expect(await context.cookies()).toEqual([]);
    // His sessions elsewhere stay valid.
    const elsewhere = await newContext();
    const tokens = await fetch(`${address}/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'beto', password: PASSWORD }),
    });
    const { refreshToken } = (await tokens.json()) as { refreshToken: string };
    await signIn(await elsewhere.newPage(), '/ranking', 'beto');
    await elsewhere
      .pages()[0]!
      .getByRole('heading', { name: 'Esta página es para el equipo de Habi' })
      .waitFor();
    const refreshed = await fetch(`${address}/v1/auth/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken }),
    });
    expect(refreshed.status).toBe(200);
    await elsewhere.close();
    await page.getByRole('button', { name: 'Entrar con otra cuenta' }).click();
    await page.getByLabel('Usuario').waitFor();
  });

  it('asks for the code of a second factor', async () => {
    const [id] = await addUsers(database, ['elena'], { isStaff: true });
    const totp = new TOTP();
    const secret = new SecretBox(database.config).seal(totp.secret.base32, id!);
    await database.run('insert into user_totp (user_id, secret, is_active, last_step) values (?, ?, 1, 0)', [
      id,
      secret,
    ]);
    await signIn(page, '/ranking', 'elena');
    await page.getByText('Escribe el código de tu aplicación de autenticación').waitFor();
    const code = page.getByLabel('Código');
    expect(await page.evaluate('document.activeElement.name')).toBe('code');
    await code.fill('12345');
    await page.click('button[type=submit]');
    await page.getByText('El código no es correcto o ya se usó.').waitFor();
    await code.fill(totp.generate());
    await page.click('button[type=submit]');
    await rows().first().waitFor();
  });

  it('renews an expired access token in two tabs at once', async () => {
    await signIn(page);
    await rows().first().waitFor();
    const other = await context.newPage();
    await context.clearCookies({ name: '__Secure-access' });
    await Promise.all([page.reload(), other.goto(`${address}/ranking`)]);
    await Promise.all([rows().first().waitFor(), rows(other).first().waitFor()]);
    expect((await context.cookies()).map(({ name }) => name).toSorted()).toEqual([
      '__Secure-access',
      '__Secure-device',
      '__Secure-refresh',
    ]);
  });

  it('survives a failed refresh, and tells the user when the session has ended', async () => {
    await signIn(page);
    await rows().first().waitFor();
    await context.route('**/v1/auth/session/refresh', (route) => route.fulfill({ status: 503, body: '{}' }));
    await context.clearCookies({ name: '__Secure-access' });
    await page.getByText('El servicio no responde. Lo que ve').waitFor();
    await context.unroute('**/v1/auth/session/refresh');
    await page.getByText('El servicio no responde. Lo que ve').waitFor({ state: 'detached' });
    expect(await rows().count()).toBe(25);
    await context.clearCookies();
    await page.getByText('Su sesión terminó.').waitFor();
  });

  it('signs out the other tab at once, and another machine when its access token expires', async () => {
    const elsewhere = await newContext();
    const far = await elsewhere.newPage();
    await signIn(far);
    await rows(far).first().waitFor();
    await signIn(page);
    await rows().first().waitFor();
    const other = await context.newPage();
    await other.goto(`${address}/ranking`);
    await rows(other).first().waitFor();
    await page.getByRole('button', { name: 'Cerrar sesión' }).click();
    await page.getByLabel('Usuario').waitFor();
    await other.getByLabel('Usuario').waitFor();
    // The cookie of the device gives no access, and stays.
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['__Secure-device']);
    await elsewhere.clearCookies({ name: '__Secure-access' });
    await far.getByLabel('Usuario').waitFor();
    await elsewhere.close();
  });
});

describeWith('browser', 'the ranking page', () => {
  it('keeps the filters in the URL: a link shows the same list', async () => {
    await signIn(page);
    await rows().first().waitFor();
    expect(await order()).toEqual(propertyIds.slice(0, 25));
    await page.getByLabel('Ciudad').selectOption('Cali');
    await until(async () => (await rows().count()) === 9);
    await page.getByRole('button', { name: 'Me gusta' }).click();
    await page.getByLabel('Período').selectOption('7d');
    await page.waitForURL('**/ranking?by=likes&window=7d&city=Cali');
    await until(async () => /Me gusta, 7 días/.test((await page.locator('thead').textContent()) ?? ''));
    const seen = await order();
    const link = await context.newPage();
    await link.goto(page.url());
    await rows(link).first().waitFor();
    expect(await order(link)).toEqual(seen);
    expect(await link.getByLabel('Ciudad').inputValue()).toBe('Cali');
    await page.goBack();
    await page.waitForURL('**/ranking?by=likes&city=Cali');
  });

  it('pages through the list, and returns to the first page when a cursor is no longer valid', async () => {
    await signIn(page);
    await rows().first().waitFor();
    await page.getByRole('button', { name: 'Siguiente' }).click();
    await until(async () => (await rows().count()) === 3);
    expect(await rows().locator('.rank').allTextContents()).toEqual(['26', '27', '28']);
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Puestos 26 a 28');
    const deep = page.url();
    await page.getByRole('button', { name: 'Anterior' }).click();
    await until(async () => (await rows().count()) === 25);
    // A page opened from a link has no previous page.
    await page.goto(deep);
    await until(async () => (await rows().count()) === 3);
    expect(await page.getByRole('button', { name: 'Anterior' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Primera página' }).click();
    await until(async () => (await rows().count()) === 25);
    await page.goto(`${address}/ranking?cursor=abc`);
    await page.getByText('Esa página era de un momento que ya pasó').waitFor();
    await until(async () => (await rows().count()) === 25);
    expect(page.url()).toBe(`${address}/ranking`);
    await page.getByLabel('Ciudad').selectOption('Cali');
    await page.getByText('Esa página era de un momento que ya pasó').waitFor({ state: 'detached' });
  });

  it('shows new likes from other users without a reload', async () => {
    await signIn(page);
    await rows().first().waitFor();
    await page.evaluate('globalThis.isSame = true');
    const [last] = propertyIds.slice(-1);
    for (const userId of userIds.slice(0, 36)) await like(last!, userId);
    await until(async () => (await order())[0] === last);
    const first = rows().first();
    expect(await first.locator('.movement').textContent()).toContain('nuevo');
    expect(await first.locator('.total').textContent()).toBe('36');
    await until(async () =>
      /36 me gusta/.test((await first.locator('.sparkline').getAttribute('aria-label')) ?? ''),
    );
    expect(await page.evaluate('globalThis.isSame')).toBe(true);
  });

  it('downloads the shown list as CSV, even when the access token has expired', async () => {
    await signIn(page, '/ranking?by=likes&window=all&city=Cali');
    await rows().first().waitFor();
    await context.clearCookies({ name: '__Secure-access' });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Descargar CSV' }).click(),
    ]);
    const day = new Date().toISOString().slice(0, 10);
    expect(download.suggestedFilename()).toBe(`ranking-likes-all-cali-${day}.csv`);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(lines[0]).toMatch(/^rank,propertyId,score/);
    expect(lines.slice(1).map((line) => Number(line.split(',')[1]))).toEqual(await order());
    const [forExcel] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Descargar para Excel' }).click(),
    ]);
    expect(forExcel.suggestedFilename()).toBe(`ranking-likes-all-cali-${day}-excel.csv`);
    expect(readFileSync(await forExcel.path(), 'utf8')).toMatch(/^\uFEFFrank;propertyId;score/);
  });

  it('reports an empty list and links to all properties', async () => {
    await signIn(page, '/ranking?city=Leticia');
    await page.getByRole('heading', { name: 'A nadie le ha gustado un inmueble aquí' }).waitFor();
    await page.getByRole('link', { name: 'Ver todos los inmuebles' }).click();
    await rows().first().waitFor();
  });

  it('uses the reader’s language and number format', async () => {
    await signIn(page);
    await rows().first().waitFor();
    expect(await rows().first().locator('.price').textContent()).toMatch(/^\$\s100\.000\.0\d\d$/);
    await page.getByRole('button', { name: 'EN', exact: true }).click();
    await page.getByRole('heading', { name: 'The most attractive properties' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('en');
    await page.reload();
    await page.getByRole('heading', { name: 'The most attractive properties' }).waitFor();
    const english = await newContext({ locale: 'en-US' });
    const tab = await english.newPage();
    await tab.goto(`${address}/ranking`);
    await tab.getByLabel('Password').waitFor();
    await english.close();
  });
});

describeWith('browser', 'the property page and the cities page', () => {
  it('shows the likes per day, the score terms and the change of a property, as charts and as text', async () => {
    await signIn(page);
    await page.locator(`tr[data-home="${propertyIds[2]}"] a`).click();
    await page.getByRole('heading', { level: 1, name: /^Calle 3/ }).waitFor();
    for (const title of ['Me gusta por día', 'De qué se compone el puntaje', 'Qué cambió en una semana'])
      await page.getByRole('heading', { name: title }).waitFor();
    const list = page.locator('.bars').first();
    expect(await list.locator('li > :first-child').allTextContents()).toEqual([
      'hoy',
      'hace 1–6 días',
      'hace 7–29 días',
    ]);
    // The terms add up to the score.
    const terms = await list.locator('li').allTextContents();
    const numbers = terms.map((text) => Number(text.split(/[=≈]/)[1]!.trim().replace(',', '.')));
    const shown = await page
      .locator('.tiles > div')
      .filter({ hasText: 'Puntaje' })
      .locator('dd')
      .textContent();
    const score = Number(shown!.replace(',', '.'));
    expect(Math.abs(numbers.reduce((sum, n) => sum + n, 0) - score)).toBeLessThan(0.02 * terms.length);
    await page.getByRole('button', { name: 'Me gusta' }).click();
    await page.waitForURL('**/homes/*?by=likes');
    await page.getByRole('link', { name: /Volver al ranking/ }).click();
    await page.waitForURL('**/ranking?by=likes');
  });

  it('keeps the filters on the way to a property and back', async () => {
    await signIn(page, '/ranking?by=likes&window=90d&city=Cali');
    await rows().first().locator('a').click();
    await page.getByRole('link', { name: /Volver al ranking/ }).click();
    await page.waitForURL('**/ranking?by=likes&window=90d&city=Cali');
  });

  it('stops showing a property when it becomes hidden', async () => {
    await signIn(page, `/ranking/homes/${propertyIds[20]}`);
    await page.locator('.tiles').waitFor();
    await database.run(
      "insert into status_history (property_id, status_id, update_date) select ?, id, '2026-11-01 00:00:00' from status where name = 'comprado'",
      [propertyIds[20]],
    );
    await page.getByRole('heading', { name: 'Aquí no hay nada' }).waitFor();
    expect(await page.locator('.tiles').count()).toBe(0);
    await database.run(
      "delete from status_history where property_id = ? and update_date = '2026-11-01 00:00:00'",
      [propertyIds[20]],
    );
    await database.run('update property set year = 1999 where id = ?', [propertyIds[20]]);
    await until(async () => (await fetch(`${address}/v1/properties/${propertyIds[20]}`)).status === 200);
  });

  it('reports an unknown property', async () => {
    await signIn(page, '/ranking/homes/999999');
    await page.getByRole('heading', { name: 'Aquí no hay nada' }).waitFor();
  });

  it('compares the cities and links to their properties', async () => {
    await signIn(page, '/ranking/cities');
    const cells = page.locator('table.cities tbody tr');
    await cells.first().waitFor();
    expect(await cells.count()).toBe(3);
    await page.getByLabel('Período').selectOption('all');
    await page.waitForURL('**/cities?window=all');
    await cells.filter({ hasText: 'Cali' }).getByRole('link', { name: 'Cali', exact: true }).click();
    // The city counts available and sold properties, so the list shows both.
    await page.waitForURL('**/ranking?by=likes&window=all&city=Cali&status=all');
    await until(async () => (await rows().count()) === 9);
  });
});

describeWith('browser', 'the ranking page without a service', () => {
  it('reports the outage, keeps the last known list, and recovers without a reload', async () => {
    await signIn(page);
    await rows().first().waitFor();
    await context.route('**/v1/**', (route) => route.abort());
    await page.getByText('El servicio no responde. Lo que ve es lo último que dijo').waitFor();
    expect(await rows().count()).toBe(25);
    expect(await page.getByText('en vivo').count()).toBe(0);
    // The old list would be wrong under new filters.
    await page.getByLabel('Ciudad').selectOption('Cali');
    await page.getByRole('heading', { name: 'El servicio no responde' }).waitFor();
    expect(await rows().count()).toBe(0);
    await page.getByLabel('Ciudad').selectOption('');
    const fresh = await context.newPage();
    await fresh.goto(`${address}/ranking`);
    await fresh.getByRole('heading', { name: 'El servicio no responde' }).waitFor();
    await page.getByRole('button', { name: 'Cerrar sesión' }).click();
    await page.getByText('Su sesión sigue abierta').waitFor();
    await context.unroute('**/v1/**');
    await page.getByText('Su sesión sigue abierta').waitFor({ state: 'detached' });
    await until(async () => (await rows().count()) === 25);
    await rows(fresh).first().waitFor();
  });
});

describeWith('browser', 'the ranking page for every reader', () => {
  const VIEWS = [
    '/ranking',
    '/ranking?by=likes&city=Leticia',
    '/ranking/cities',
    '/ranking/homes/1',
    '/ranking/homes/999999',
  ];
  const READERS: [string, Parameters<Browser['newContext']>[0]][] = [
    ['light mode', { viewport: { width: 1280, height: 800 } }],
    ['dark mode', { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' }],
    ['phone', { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }],
  ];

  /** Returns the axe violations, and whether the page is wider than the screen. */
  async function faultsOf(tab: Page): Promise<unknown> {
    await tab.evaluate(AXE);
    // Axe must not measure contrast during a colour transition.
    await tab.emulateMedia({ reducedMotion: 'reduce' });
    return tab.evaluate(`axe.run().then(({ violations }) => ({
      violations: violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      isTooWide: document.documentElement.scrollWidth > innerWidth,
    }))`);
  }
  const NO_FAULTS = { violations: [], isTooWide: false };

  it.each(READERS)('has no axe violations and fits the screen width: %s', async (_, options) => {
    const reader = await newContext(options);
    const tab = await reader.newPage();
    await tab.goto(`${address}/ranking`);
    await tab.getByLabel('Usuario').waitFor();
    expect(await faultsOf(tab)).toEqual(NO_FAULTS);
    await signIn(tab);
    await rows(tab).first().waitFor();
    for (const view of VIEWS) {
      await tab.goto(address + view);
      await tab.locator('.ranking, .cities, .tiles, .message').first().waitFor();
      expect([view, await faultsOf(tab)]).toEqual([view, NO_FAULTS]);
    }
    await reader.close();
  });

  it.each([1280, 360])('breaks the longest words at %d px', async (width) => {
    const reader = await newContext({ viewport: { width, height: 740 } });
    const tab = await reader.newPage();
    await reader.route('**/v1/ranking/properties?*', async (route) => {
      const response = await route.fetch();
      const text = await response.text();
      await route.fulfill({
        response,
        body: text.replaceAll(/"address":"[^"]*"/g, `"address":"${'Á'.repeat(120)}"`),
      });
    });
    await signIn(tab, '/ranking?by=likes');
    await rows(tab).first().waitFor();
    expect(await tab.evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false);
    await reader.unrouteAll({ behavior: 'ignoreErrors' });
    await reader.close();
  });

  it('works with the keyboard alone', async () => {
    // Simulate a late paint: the next key press does not wait for it.
    await page.addInitScript(`const wait = setTimeout;
      requestAnimationFrame = (run) => wait(run, 400);
      setTimeout = (run, ms, ...rest) => wait(run, ms > 0 && ms < 200 ? 400 : ms, ...rest);`);
    await page.goto(`${address}/ranking`);
    await page.getByLabel('Usuario').waitFor();
    await page.keyboard.type('sonia');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await rows().first().waitFor();
    await page.reload();
    await rows().first().waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    for (let i = 0; i < 10; i++) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate('document.activeElement.className')) === 'home-name') break;
    }
    await page.keyboard.press('Enter');
    await page.locator('.tiles').waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
  });
});
