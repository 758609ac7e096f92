import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers } from '../support/accounts.js';
import { addProperties } from '../support/factories.js';
import { describeWith } from '../support/optional.js';
import { addLikes, naive } from '../support/ranking.js';
import { address, context, order, page, rows, signIn, useRankingPage } from '../support/ranking-page.js';
import { database } from '../support/suite.js';
import { until } from '../support/until.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DAY = 86_400_000;

let propertyIds: number[];
let soldId: number;
let userIds: number[];

useRankingPage(async () => {
  await addUsers(database, ['sonia'], { isStaff: true });
  userIds = await addUsers(
    database,
    Array.from({ length: 40 }, (_, i) => `user-${i}`),
  );
  propertyIds = await addProperties(
    database,
    Array.from({ length: 28 }, (_, i) => ({
      address: `Calle ${i + 101}`,
      city: i < 14 ? 'Bogotá' : i < 24 ? 'Cali' : 'Ábrego',
      property_type: i % 2 ? 'house' : 'lot',
      ...(i === 3 && { history: [['pre_venta', '2026-05-02 10:00:00']] as const }),
    })),
  );
  [soldId] = (await addProperties(database, [
    {
      address: 'Transversal 99 # 1-01',
      city: 'Cali',
      property_type: 'apartment',
      area: 71.5,
      bedrooms: 3,
      history: [
        ['en_venta', '2026-05-01 10:00:00'],
        ['vendido', '2026-06-03 10:00:00'],
      ],
    },
  ])) as [number];
  // Each property has one like less than the one before it. All are 20 days old.
  await addLikes(
    database,
    [...propertyIds, soldId].flatMap((propertyId, i) =>
      userIds.slice(0, 30 - i).map((userId) => ({ propertyId, userId, at: naive(Date.now() - 20 * DAY) })),
    ),
  );
}, 29);

const send = async (method: 'PUT' | 'DELETE', propertyId: number, userId: number): Promise<void> => {
  const { ok } = await fetch(`${address}/v1/properties/${propertyId}/like`, {
    method,
    headers: { authorization: `Bearer ${new AccessTokens(database.config).issue(userId)}` },
  });
  expect(ok).toBe(true);
};
const headings = (tab: Page = page): Promise<string[]> => tab.locator('th').allTextContents();
const violations = async (): Promise<unknown> => {
  await page.evaluate(AXE);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  return page.evaluate('axe.run().then(({ violations }) => violations.map(({ id }) => id))');
};

describeWith('browser', 'the ranking page for analysts', () => {
  it('says how many properties the list has in all, on every page', async () => {
    await signIn(page);
    await page.getByText('1–25 de 28', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Siguiente' }).click();
    await page.getByText('26–28 de 28', { exact: true }).waitFor();
  });

  it('shows the ranks of the page while the list cannot be counted', async () => {
    await page.route('**/v1/ranking/properties?*count=true*', (route) => route.fulfill({ status: 503 }));
    await signIn(page);
    await page.getByText('1–25', { exact: true }).waitFor();
  });

  it('filters by status and type, and keeps both in the URL and in the name of the download', async () => {
    await signIn(page);
    await rows().first().waitFor();
    await page.getByLabel('Estado').selectOption({ label: 'Vendido' });
    await page.getByText('1–1 de 1', { exact: true }).waitFor();
    expect(await order()).toEqual([soldId]);
    await page.getByLabel('Estado').selectOption({ label: 'En preventa' });
    await until(async () => (await order()).join() === String(propertyIds[3]));
    await page.getByLabel('Estado').selectOption({ label: 'Todos' });
    await page.getByText('1–25 de 29', { exact: true }).waitFor();
    await page.getByLabel('Tipo').selectOption({ label: 'Casa' });
    await page.getByText('1–14 de 14', { exact: true }).waitFor();
    expect(await order()).toEqual(propertyIds.filter((_, i) => i % 2));
    expect(page.url()).toBe(`${address}/ranking?status=all&propertyType=house`);
    await page.reload();
    await page.getByText('1–14 de 14', { exact: true }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Descargar CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(
      /^ranking-trending-pre-venta-en-venta-vendido-house-\d{4}-\d\d-\d\d\.csv$/,
    );
    await page.getByLabel('Tipo').selectOption({ label: 'Edificio' });
    await page.getByRole('heading', { name: 'A nadie le ha gustado un inmueble aquí' }).waitFor();
    await page.getByRole('link', { name: 'Ver todos los inmuebles' }).click();
    await page.getByText('1–25 de 28', { exact: true }).waitFor();
  });

  it('shows no column that repeats another', async () => {
    await signIn(page);
    await rows().first().waitFor();
    expect((await headings()).slice(-3)).toEqual(['Me gusta, 7 días', 'En total', 'Puntaje']);
    for (const score of await rows().locator('.score').allTextContents()) expect(score).toMatch(/^\d+,\d\d$/);
    await page.getByRole('button', { name: 'Me gusta' }).click();
    await until(async () => (await headings()).slice(-2).join('; ') === 'Me gusta, 30 días; En total');
    await page.getByLabel('Período').selectOption('all');
    await until(async () => (await headings()).slice(-2).join('; ') === '90 días; En total');
    await page.goto(`${address}/ranking/homes/${propertyIds[0]}?by=likes&window=all`);
    await page.locator('.tiles').waitFor();
    expect(await page.locator('.tiles dt').allTextContents()).toEqual([
      'Entre los disponibles',
      'En Bogotá',
      'En una semana',
      'En total',
    ]);
  });

  it('marks a property as moved when its rank changes, and not when the list becomes another one', async () => {
    await page.addInitScript(`globalThis.marked = [];
      new MutationObserver((changes) => {
        for (const { target } of changes) if (target.className === 'moved') marked.push(Number(target.dataset.home));
      }).observe(document, { subtree: true, attributes: true, attributeFilter: ['class'], childList: true });`);
    // The list by likes has the opposite order.
    await context.route('**/v1/ranking/properties?by=likes*', async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as { items: { rank: number }[] };
      const items = body.items.toReversed().map((item, i) => ({ ...item, rank: i + 1 }));
      await route.fulfill({ response, json: { ...body, items } });
    });
    await signIn(page);
    await rows().first().waitFor();
    await page.getByRole('button', { name: 'Me gusta' }).click();
    await until(async () => (await order())[0] === propertyIds[24]);
    await page.getByRole('button', { name: 'Tendencia' }).click();
    await until(async () => (await order())[0] === propertyIds[0]);
    expect(await page.locator('tr.moved').count()).toBe(0);
    expect(await page.evaluate('marked')).toEqual([]);
    for (const userId of userIds.slice(30, 34)) await send('PUT', propertyIds[1]!, userId);
    await until(async () => (await order())[0] === propertyIds[1]);
    expect(await page.evaluate<number[]>('marked')).toContain(propertyIds[1]);
    for (const userId of userIds.slice(30, 34)) await send('DELETE', propertyIds[1]!, userId);
  });

  it('finds a property by its id and by words, also with the keyboard alone', async () => {
    await signIn(page, '/ranking?by=likes');
    await rows().first().waitFor();
    const search = page.getByRole('searchbox', { name: 'Buscar un inmueble' });
    await search.fill('99 transversal');
    const results = page.locator('.search-results a');
    await results.first().waitFor();
    expect(await results.allTextContents()).toEqual(['Transversal 99 # 1-01']);
    expect(await page.locator('.search-results').textContent()).toContain(`Código ${soldId}`);
    expect(await violations()).toEqual([]);
    await search.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/ranking/homes/${soldId}?by=likes`);
    await page.getByRole('heading', { level: 1, name: 'Transversal 99 # 1-01' }).waitFor();
    expect(await results.count()).toBe(0);
    await search.fill(String(propertyIds[5]));
    await search.press('Enter');
    await page.waitForURL(`**/ranking/homes/${propertyIds[5]}?by=likes`);
    await page.getByRole('heading', { level: 1, name: 'Calle 106', exact: true }).waitFor();
    for (const text of ['no-such-place', '#', '99999999']) {
      await search.fill(text);
      await page.locator('.search-results', { hasText: 'No se encontró ningún inmueble' }).waitFor();
      await search.press('Escape');
      await page.locator('.search-results').waitFor({ state: 'detached' });
    }
    // The results close when the focus leaves, and the text stays.
    await search.fill('calle');
    await results.first().waitFor();
    await page.getByRole('button', { name: 'Tendencia' }).focus();
    await page.locator('.search-results').waitFor({ state: 'detached' });
    await search.focus();
    await results.first().waitFor();
    await context.route('**/v1/properties*', (route) => route.abort());
    await search.fill('calle 1');
    await page.locator('.search-results', { hasText: 'La búsqueda no funcionó.' }).waitFor();
  });

  it('shows the facts of a property and links to its listing', async () => {
    await signIn(page, `/ranking/homes/${soldId}`);
    await page.locator('.facts').waitFor();
    expect(await page.locator('.facts dl > div').allTextContents()).toEqual([
      'TipoApartamento',
      'Área71,5 m²',
      'Habitaciones3',
      'EstadoVendido',
      'Vendido desde3 jun 2026',
      `Código${soldId}`,
    ]);
    const [listing] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('link', { name: 'Ficha en JSON' }).click(),
    ]);
    expect(JSON.parse(await listing.locator('body').innerText())).toMatchObject({ id: soldId });
    await page.goto(`${address}/ranking/homes/${propertyIds[3]}`);
    await page.getByText('En preventa desde').waitFor();
    expect(await page.locator('.facts dd.unknown').allTextContents()).toEqual(['Sin dato', 'Sin dato']);
  });

  it('says which likes the unlikes of the chart and of the week are of', async () => {
    const id = propertyIds[7]!;
    // One like of 20 days ago, and one like that is made and removed now.
    await send('DELETE', id, userIds[0]!);
    await send('PUT', id, userIds[39]!);
    await send('DELETE', id, userIds[39]!);
    await signIn(page, `/ranking/homes/${id}?by=likes&window=90d`);
    await page.getByText('Últimos 90 días: 24 me gusta, 2 retirados.').waitFor();
    await page.getByText('Cada me gusta y cada retiro cuenta en su día').waitFor();
    const week = page.locator('.card').filter({ hasText: 'Qué cambió en una semana' });
    expect(await week.locator('li').allTextContents()).toEqual([
      'Nuevos que siguen0',
      'Perdidos desde la semana pasada−1',
      'Salieron del período0',
    ]);
    expect(await week.locator('.note').textContent()).toMatch(/se dio y se retiró en la misma semana/);
  });

  it('says how many likes do not count, and why', async () => {
    const id = propertyIds[1]!;
    const [sonia] = await database.run<{ id: number }>("select id from auth_user where username = 'sonia'");
    const headers = {
      authorization: `Bearer ${new AccessTokens(database.config).issue(sonia!.id)}`,
      'content-type': 'application/json',
    };
    const decision = `${address}/v1/ranking/trust/${userIds[28]}`;
    const { ok } = await fetch(decision, { method: 'PUT', body: '{"trusted":false}', headers });
    expect(ok).toBe(true);
    await signIn(page, `/ranking/homes/${id}?by=likes&window=90d`);
    const card = page.locator('.card').filter({ hasText: 'Me gusta que no cuentan' });
    await card.getByText('28 de 29 me gusta cuentan').waitFor();
    expect(await card.locator('li').allTextContents()).toEqual([
      'El equipo decidió que los me gusta de la cuenta no cuentan.1',
    ]);
    expect(await violations()).toEqual([]);
    await page.goto(`${address}/ranking?by=likes&window=90d`);
    await page.locator(`tr[data-home="${id}"] .total`).getByText('28 de 29').waitFor();
    await fetch(decision, { method: 'DELETE', headers: { authorization: headers.authorization } });
  });

  it('draws the likes by day with a legend, whole numbers at the axis, and the numbers of the day under the pointer', async () => {
    await signIn(page, `/ranking/homes/${propertyIds[0]}`);
    const chart = page.locator('.day-chart');
    await chart.waitFor();
    expect(await chart.locator('.key').allTextContents()).toEqual(['Me gusta dados', 'Retirados']);
    const ticks = await chart.locator('text').allTextContents();
    expect(ticks.slice(0, 4)).toEqual(['0', '10', '20', '30']);
    expect(ticks.at(-1)).toBe('hoy');
    const { x, y, width } = (await chart.locator('svg').boundingBox())!;
    await page.mouse.move(x + (width * 69.5) / 90, y + 20);
    const day = new Intl.DateTimeFormat('es-CO', { day: 'numeric', month: 'short', timeZone: 'UTC' })
      .format(Date.now() - 20 * DAY)
      .replace(' de ', ' ');
    await page.getByText(`${day}: 30 me gusta, 0 retirados`).waitFor();
    expect(await violations()).toEqual([]);
  });

  it('sorts the cities by each column in both directions, and keeps the order in the URL', async () => {
    await signIn(page, '/ranking/cities');
    const cities = (): Promise<string[]> => page.locator('td.city').allTextContents();
    const isOrder = (...names: string[]) => until(async () => (await cities()).join() === names.join());
    const sorted = page.locator('th[aria-sort]');
    await isOrder('Bogotá', 'Cali', 'Ábrego');
    expect(await sorted.getAttribute('aria-sort')).toBe('descending');
    await page.getByRole('button', { name: 'Ciudad' }).click();
    await isOrder('Ábrego', 'Bogotá', 'Cali');
    expect(await sorted.textContent()).toContain('Ciudad');
    await page.getByRole('button', { name: 'Inmuebles' }).press('Enter');
    await isOrder('Bogotá', 'Cali', 'Ábrego');
    await page.getByRole('button', { name: 'Inmuebles' }).click();
    await isOrder('Ábrego', 'Cali', 'Bogotá');
    expect(await sorted.getAttribute('aria-sort')).toBe('ascending');
    await page.getByLabel('Período').selectOption('all');
    await page.waitForURL('**/cities?window=all&sort=visibleProperties');
    await page.reload();
    await isOrder('Ábrego', 'Cali', 'Bogotá');
    await page.getByRole('button', { name: 'Me gusta por inmueble' }).click();
    await isOrder('Bogotá', 'Cali', 'Ábrego');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('button', { name: 'Ciudad' }).click();
    await isOrder('Ábrego', 'Bogotá', 'Cali');
    expect(await violations()).toEqual([]);
  });
});
