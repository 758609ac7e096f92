import { afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { PASSWORD } from './accounts.js';
import { launchBrowser, newContext as newBrowserContext } from './browser.js';
import { listening, startProcess } from './process.js';
import { atEnd, database, useDatabase } from './suite.js';
import { until } from './until.js';

type Options = Parameters<Browser['newContext']>[0];

/** From `useRankingPage`: the address of the service, and a new context and page for each test. */
export let address: string;
let browser: Browser;
export let context: BrowserContext;
export let page: Page;
let browserErrors: string[];

/**
 * Starts a service and a browser for the test file.
 * @param addData adds the accounts and properties before the service starts
 * @param rankedProperties the tests begin when the ranking has this many properties
 */
export function useRankingPage(addData: () => Promise<void>, rankedProperties: number): void {
  useDatabase();
  beforeAll(async () => {
    await addData();
    const service = startProcess(database, {
      RATE_LIMIT_PER_MINUTE: '0',
      RATE_LIMIT_SIGN_IN_PER_MINUTE: '0',
    });
    atEnd(() => service.child.kill('SIGKILL'));
    address = await listening(service);
    await until(async () => (await database.run('select 1 from ranking')).length === rankedProperties);
    browser = await launchBrowser();
    atEnd(() => browser.close());
  });
  beforeEach(async () => {
    browserErrors = [];
    context = await newContext();
    page = await context.newPage();
  });
  afterEach(async () => {
    // A handler that still runs would fail when the context closes, in the next test.
    await context?.unrouteAll({ behavior: 'ignoreErrors' });
    await context?.close();
    // Fail on policy violations and script errors. Some tests expect refused requests.
    const browserError = browserErrors.find((text) => !/Failed to load resource/.test(text));
    if (browserError) throw new Error(browserError);
  });
}

export async function newContext(options: Options = {}): Promise<BrowserContext> {
  const made = await newBrowserContext(browser, {
    locale: 'es-CO',
    timezoneId: 'America/Bogota',
    ...options,
  });
  made.on('page', (opened) => {
    opened.on('console', (message) => message.type() === 'error' && browserErrors.push(message.text()));
    opened.on('pageerror', (error) => browserErrors.push(error.message));
  });
  return made;
}

export async function signIn(
  tab: Page,
  path = '/ranking',
  username = 'sonia',
  password = PASSWORD,
): Promise<void> {
  await tab.goto(address + path);
  await tab.fill('[name=username]', username);
  await tab.fill('[name=password]', password);
  await tab.click('button[type=submit]');
}

export const rows = (tab = page) => tab.locator('tr[data-home]');

/** The property ids of the shown list. */
export const order = (tab = page): Promise<number[]> =>
  rows(tab).evaluateAll((found) => found.map((row) => Number(row.getAttribute('data-home'))));
