import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { addUsers } from '../support/accounts.js';
import { addProperties } from '../support/factories.js';
import { describeWith } from '../support/optional.js';
import { newContext, page, signIn, useRankingPage } from '../support/ranking-page.js';
import { database } from '../support/suite.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

useRankingPage(async () => {
  await addUsers(database, ['sonia'], { isStaff: true });
  const now = new Date().toISOString().slice(0, 19).replace('T', ' ');
  await addProperties(database, [
    ...[100, 200, 300, 400].map((millions) => ({
      city: 'Cali',
      price: millions * 1_000_000,
      area: 50,
      history: [['en_venta', now]] as const,
    })),
    { city: 'Cali', price: 500_000_000, area: 50, history: [['vendido', now]] },
    { city: 'Leticia', price: 900_000_000 },
  ]);
}, 0);

const cells = (row: number, tab = page): Promise<string[]> =>
  tab.locator('table.quartiles tbody tr').nth(row).locator('th, td.number').allInnerTexts();

describeWith('browser', 'the market of a city', () => {
  it('shows the statistics of the filters as numbers and as plots', async () => {
    await signIn(page, '/ranking/market?city=Cali');
    await page.locator('table.quartiles').waitFor();
    const millions = (value: number): unknown => expect.stringMatching(new RegExp(`\\$\\s${value}.000.000`));
    expect(await cells(0)).toEqual([
      'Precio',
      '4',
      millions(100),
      millions(175),
      millions(250),
      millions(325),
      millions(400),
    ]);
    expect((await cells(1)).slice(0, 2)).toEqual(['Precio por m²', '4']);
    expect(await page.locator('.box-plot').count()).toBe(4);
    await page.getByRole('img', { name: 'Inmuebles disponibles por mes; 4 ahora.' }).waitFor();
    await page.getByLabel('Estado').selectOption('all');
    await page.getByRole('img', { name: /: 5 publicados y 1 vendidos/ }).waitFor();
    expect((await cells(0))[1]).toBe('5');
    await page.getByText('Como tabla').click();
    expect(await page.locator('details tbody tr').count()).toBe(24);
  });

  it('has no property of other filters: a city without a type says so', async () => {
    await signIn(page, '/ranking/market?city=Leticia&propertyType=farm');
    await page.getByRole('heading', { name: 'No hay inmuebles con estos filtros' }).waitFor();
    await page.getByRole('link', { name: 'Ver todos los inmuebles' }).click();
    await page.getByRole('heading', { name: 'El mercado', exact: true }).waitFor();
    await page.locator('table.quartiles').waitFor();
    expect((await cells(0))[1]).toBe('6');
  });

  it.each([
    ['light', { colorScheme: 'light', viewport: { width: 1280, height: 900 } }],
    [
      'dark, on a phone, in English',
      { colorScheme: 'dark', viewport: { width: 390, height: 844 }, locale: 'en' },
    ],
  ] as const)('has no axe violations and fits the screen: %s', async (_, options) => {
    const reader = await newContext({ ...options, reducedMotion: 'reduce' });
    const tab = await reader.newPage();
    await signIn(tab, '/ranking/market');
    await tab.locator('table.quartiles').waitFor();
    await tab.evaluate(AXE);
    const faults = await tab.evaluate(`axe.run().then(({ violations }) => ({
      violations: violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      isTooWide: document.documentElement.scrollWidth > innerWidth,
    }))`);
    expect(faults).toEqual({ violations: [], isTooWide: false });
    await reader.close();
  });
});
