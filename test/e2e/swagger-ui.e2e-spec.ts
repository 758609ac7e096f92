import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Browser, chromium, type Page } from 'playwright-core';
import { addUsers, PASSWORD } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperty } from '../support/factories.js';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
// Skipped where there is no browser: CI installs Debian's and must not pass without.
const describeInBrowser = executablePath || process.env.CI ? describe : describe.skip;

let database: TestDatabase;
let app: NestFastifyApplication;
let browser: Browser;
let page: Page;
let home: number;
const complaints: string[] = [];

beforeAll(async () => {
  if (!executablePath && !process.env.CI) return;
  database = await TestDatabase.create();
  app = await startApp(database.config);
  await addUsers(database, ['ana']);
  home = await addProperty(database);
  await app.listen(0, '127.0.0.1');
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  page = await browser.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await app?.close();
  await database?.drop();
});

const operation = (id: string) => page.locator(`[id$="-${id}"]`);

/** Opens an operation, or stays in it, presses Execute and gives the status and body that the page then shows. */
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

describeInBrowser('Swagger UI in a browser', () => {
  it('signs in, authorizes, likes a home, sees 201 and then 200, and takes it back', async () => {
    await page.goto(`${await app.getUrl()}/docs`);
    await operation('login').waitFor();
    const anonymous = await execute('likeProperty', { parameters: { id: String(home) } });
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
    expect((await ask(app, `/v1/properties/${home}/likes`)).body.count).toBe(1);
    expect(
      JSON.parse((await execute('getPropertyLikes', { parameters: { id: String(home) } })).body),
    ).toEqual({
      propertyId: home,
      count: 1,
      likedByMe: true,
    });
    expect((await execute('unlikeProperty', { parameters: { id: String(home) } })).status).toBe('204');
    expect((await ask(app, `/v1/properties/${home}/likes`)).body.count).toBe(0);
    // Only the 401 that was asked for.
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
  }, 240_000);
});
