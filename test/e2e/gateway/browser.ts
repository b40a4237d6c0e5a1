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
    const page = await context.newPage();
    return await use(page).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\nat ${page.url()}:\n${(await page.innerText('body')).slice(0, 2000)}`);
    });
  } finally {
    await browser.close();
  }
}
