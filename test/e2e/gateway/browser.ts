import { chromium, type Browser, type Page } from 'playwright-core';

/** Debian's Chromium, without a window, for which some names have addresses that no DNS knows. */
export async function browse<T>(hosts: Record<string, string>, use: (page: Page) => Promise<T>): Promise<T> {
  const rules = Object.entries(hosts).map(([host, address]) => `MAP ${host} ${address}`).join(',');
  const browser: Browser = await chromium.launch({
    executablePath: process.env.E2E_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', `--host-resolver-rules=${rules}`],
  });
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } });
    return await use(await context.newPage());
  } finally {
    await browser.close();
  }
}
