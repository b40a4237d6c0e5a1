import type { Page } from 'playwright-core';

/** Signs in at the tests' provider, which asks for consent at the first time, too. */
export async function signIn(page: Page, who: string): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill(who);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** Makes an experiment by hand, as people do, on the page of experiments. */
export async function makeExperiment(page: Page, name: string): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/#/experiments`);
  await page.getByRole('button', { name: 'Create', exact: false }).first().click();
  await page.getByPlaceholder('Input an experiment name').fill(name);
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await page.waitForURL(/#\/experiments\/\d+/);
  await page.goto(`${new URL(page.url()).origin}/#/experiments`);
  await page.getByTitle(name, { exact: true }).waitFor(); // the navigation may still have a link of that name, too
}
