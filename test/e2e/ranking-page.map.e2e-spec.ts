import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { addUsers } from '../support/accounts.js';
import { addProperties } from '../support/factories.js';
import { describeWith } from '../support/optional.js';
import { newContext, page, signIn, useRankingPage } from '../support/ranking-page.js';
import { database } from '../support/suite.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let ids: number[];

useRankingPage(async () => {
  await addUsers(database, ['sonia'], { isStaff: true });
  const users = await addUsers(
    database,
    Array.from({ length: 8 }, (_, i) => `user-${i}`),
  );
  ids = await addProperties(database, [
    { city: 'Cali', neighbourhood: 'Granada', latitude: 3.45, longitude: -76.53 },
    { city: 'Cali', neighbourhood: 'Ciudad Jardín', latitude: 3.37, longitude: -76.53 },
    { city: 'Leticia', neighbourhood: 'Centro', latitude: -4.21, longitude: -69.94 },
    { city: 'Cali', neighbourhood: 'Sin mapa' },
  ]);
  const likes = ids.flatMap((id, i) => users.slice(i).map((user) => [id, user]));
  await database.run(
    `insert into property_likes (property_id, user_id, created_at) values ${likes.map(() => '(?, ?, utc_timestamp())').join()}`,
    likes.flat(),
  );
}, 4);

const places = (tab = page) => tab.locator('table.cities tbody tr');
const firstCells = (): Promise<string[]> => places().locator('td:first-child').allTextContents();

describeWith('browser', 'the map of the ranking', () => {
  it('joins the properties near each other, and adds their scores; one without a location is told', async () => {
    await signIn(page, '/ranking/map?by=likes');
    await places().first().waitFor();
    expect(await places().allInnerTexts()).toEqual([
      expect.stringMatching(/^Cali\s+2\s+15\s/),
      expect.stringMatching(/^Leticia\s+1\s+6\s/),
    ]);
    expect(await page.locator('.score-map circle').count()).toBe(2);
    await page.getByText('1 inmueble no tiene ubicación.').waitFor();
    await page
      .getByRole('img', {
        name: 'Mapa de Colombia con 3 inmuebles en 2 lugares. La tabla tiene los mismos datos.',
      })
      .waitFor();
  });

  it('zooms to a city by its link and by its circle, and then shows neighbourhoods', async () => {
    await signIn(page, '/ranking/map?by=likes');
    await page.getByRole('link', { name: 'Cali', exact: true }).focus();
    expect(await page.locator('.score-map circle.shown title').textContent()).toContain('Cali: 2 inmuebles');
    await page.keyboard.press('Enter');
    await page.getByRole('columnheader', { name: 'Barrio' }).waitFor();
    await page.waitForURL(/city=Cali/);
    await places().nth(1).waitFor();
    expect(await firstCells()).toEqual(['Granada', 'Ciudad Jardín']);
    await page.goBack();
    await page.getByRole('columnheader', { name: 'Ciudad' }).waitFor();
    await page.locator('.score-map circle').filter({ hasText: 'Leticia' }).click();
    await page.waitForURL(/city=Leticia/);
    await page.getByText('Centro', { exact: true }).first().waitFor();
    await page.locator('.score-map circle').click();
    await page.waitForURL(new RegExp(`/ranking/homes/${ids[2]}\\?`));
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
    await signIn(tab, '/ranking/map');
    await places(tab).first().waitFor();
    await tab.evaluate(AXE);
    const faults = await tab.evaluate(`axe.run().then(({ violations }) => ({
      violations: violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      isTooWide: document.documentElement.scrollWidth > innerWidth,
    }))`);
    expect(faults).toEqual({ violations: [], isTooWide: false });
    await reader.close();
  });
});
