import type { Claim } from '../kit/claim';
import type { SecretUse } from '../kit/secrets/secret-use';
import type { EnvironmentSpec } from './environment';
import type { Rule } from './rule';

/** What a feature adds to the environment file, in addition to its sections. Each feature's index.ts has its own, and index.ts here lists all. */
export interface Feature {
  /** What must hold over several values. A rule belongs to the feature whose part of the file it reports at. */
  readonly rules?: readonly Rule[];
  /** What is allowed, and probably not meant. */
  readonly warnings?: readonly Rule[];
  /** The Secrets that it uses: name, keys, purpose, and how a local environment makes them. */
  readonly secrets?: (environment: EnvironmentSpec) => readonly SecretUse[];
  /** The most connections to the database that each of its components holds at once: component to number. */
  readonly databaseConnections?: (environment: EnvironmentSpec) => Readonly<Record<string, number>>;
  /** What no two environments may have in common. */
  readonly claims?: (environment: EnvironmentSpec) => readonly Claim[];
}
