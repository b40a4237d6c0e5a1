import { randomBytes } from 'node:crypto';

/** Names of Secrets to key to value. */
export type SecretValues = Record<string, Record<string, string>>;

/** A Secret that an environment uses for one purpose. */
export interface SecretUse {
  /** The value of the environment file that names it, or would if it could be named. */
  readonly path: string;
  readonly name: string;
  /** What it is for. */
  readonly purpose: string;
  /** The keys that are read. */
  readonly keys: readonly string[];
  /**
   * Who makes it.
   * @default - people: it must exist
   */
  readonly maker?: 'cluster' | Generator;
}

/** Makes the values of a Secret, which are then kept. */
export interface Generator {
  /** What the Secret is called where its values are kept. */
  readonly keptAs: string;
  /** Key to value, or to what makes it. */
  readonly values: Record<string, string | (() => string)>;
  /**
   * Key to what is wrong with a value that somebody chose, in words that follow the key; nothing where it is right.
   * @default - any value but an empty one is right
   */
  readonly problems?: Record<string, (value: string) => string | undefined>;
}

export interface OwnSecret extends Pick<SecretUse, 'path' | 'purpose'>, Omit<Generator, 'keptAs'> {
  /** Its name where people make it. */
  readonly name: string;
}

/**
 * A Secret of an embedded part, which this program makes and keeps. Nobody else's is called so: an apply must not overwrite the Secrets
 * of another platform in the same namespace.
 */
export function generated({ path, purpose, name, ...generator }: OwnSecret): SecretUse {
  return { path, purpose, name: `${name}-generated`, keys: Object.keys(generator.values), maker: { keptAs: name, ...generator } };
}

/**
 * A Secret that exists where the file names it.
 *
 * @param makes whether this program makes it otherwise
 */
export function generatedUnlessNamed(makes: boolean, named: string | undefined, own: OwnSecret): SecretUse {
  if (named === undefined && makes) return generated(own);
  return { path: own.path, purpose: own.purpose, name: named ?? own.name, keys: Object.keys(own.values) };
}

/** The Secret of certificate authorities that a file may name. One may be for several servers. */
export function authorities(path: string, name: string | undefined): SecretUse[] {
  return name === undefined ? [] : [{ path, purpose: 'certificate authorities', name, keys: ['ca.crt'] }];
}

/** Finds values shorter than a number of characters. */
export function shorterThan(length: number): (value: string) => string | undefined {
  return (value) => value.length < length ? `must have ${length} characters or more: write a longer one` : undefined;
}

/** 32 bytes that nobody can guess, in letters that need no quoting anywhere. */
export function randomText(): string {
  return randomBytes(32).toString('base64url');
}

/** 32 bytes as URL-safe base64 with its padding, as Fernet wants its keys (https://github.com/fernet/spec). */
export function randomKey(): string {
  return randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
