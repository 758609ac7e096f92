import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';
import { BROWSER } from './optional.js';
import { WAIT_MS } from './until.js';

export const launchBrowser = (): Promise<Browser> =>
  // Chromium has no sandbox for root, and containers and CI run as root.
  chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'], timeout: WAIT_MS });

/** Opens a browser context with the same timeout as `until`. */
export async function newContext(browser: Browser, options?: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(WAIT_MS);
  return context;
}
