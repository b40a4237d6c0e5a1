/*
 * The suites have two forms. The short one runs before every change lands; the long one (`npm run test:e2e:full`) before a release.
 * CONTRIBUTING.md says what only the long one has, and why.
 */

export const FULL = Boolean(process.env.E2E_FULL);

/** A test that only the long form has. The short one does not count it. */
export function longTest(name: string, run: () => Promise<void>): void {
  if (FULL) test(name, run);
}
