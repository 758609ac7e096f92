import { beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { addUsers, PASSWORD } from '../support/accounts.js';
import { launchBrowser, newContext } from '../support/browser.js';
import { ask } from '../support/client.js';
import { addProperty } from '../support/factories.js';
import { describeWith } from '../support/optional.js';
import { app, atEnd, database, useApp } from '../support/suite.js';

useApp();

let page: Page;
let propertyId: number;
const complaints: string[] = [];

beforeAll(async () => {
  await addUsers(database, ['ana']);
  propertyId = await addProperty(database);
  await app.listen(0, '127.0.0.1');
  const browser = await launchBrowser();
  atEnd(() => browser.close());
  page = await (await newContext(browser)).newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
});

const operation = (id: string) => page.locator(`[id$="-${id}"]`);

/** Opens an operation unless it is open, presses Execute and returns the status and body that the page shows. */
async function execute(
  id: string,
  fill: { body?: object; parameters?: Record<string, string> } = {},
): Promise<{ status: string; body: string }> {
  const block = operation(id);
  if (!(await block.locator('.opblock-body').count()))
    await block.locator('.opblock-summary-control').click();
  if (fill.body) await block.locator('textarea.body-param__text').fill(JSON.stringify(fill.body));
  for (const [name, value] of Object.entries(fill.parameters ?? {}))
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
  it('signs in, authorizes, likes a property with 201 and then 200, and unlikes it', async () => {
    await page.goto(`${await app.getUrl()}/docs`);
    await operation('login').waitFor();
    const anonymous = await execute('likeProperty', { parameters: { id: String(propertyId) } });
    expect(anonymous.status).toBe('401');
    const { status, body } = await execute('login', { body: { username: 'ana', password: PASSWORD } });
    expect(status).toBe('200');
    const { accessToken } = JSON.parse(body) as { accessToken: string };

    await page.locator('.auth-wrapper .btn.authorize').first().click();
    await page.locator('.modal-ux input').fill(accessToken);
    await page.locator('.modal-ux .btn.authorize').click();
    await page.locator('.modal-ux .btn-done').click();

    expect((await execute('likeProperty')).status).toBe('201');
    expect((await execute('likeProperty')).status).toBe('200');
    expect((await ask(app, `/v1/properties/${propertyId}/likes`)).body.count).toBe(1);
    expect(
      JSON.parse((await execute('getPropertyLikes', { parameters: { id: String(propertyId) } })).body),
    ).toEqual({
      propertyId,
      count: 1,
      likedByMe: true,
    });
    expect((await execute('unlikeProperty', { parameters: { id: String(propertyId) } })).status).toBe('204');
    expect((await ask(app, `/v1/properties/${propertyId}/likes`)).body.count).toBe(0);
    // Only the expected 401.
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });
});
