import type { EnvironmentSpec } from './environment';

/** A rule over several values of an environment. */
export interface Rule {
  /** The value that a problem is reported at. */
  readonly path: string;
  /** All the values that it reads. It is left out where one of them has a problem of its own. */
  readonly reads: readonly string[];
  /** What is wrong and what to write instead, or undefined. */
  readonly problem: (environment: EnvironmentSpec) => string | undefined;
}
