import { createHmac, generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from 'node:crypto';

/** A key that signs tokens. */
export interface TokenKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function tokenKey(id: string): TokenKey {
  return { id, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
}

/** A key as a set of keys has it. */
export function jwk({ id }: TokenKey, key: KeyObject): JsonWebKey & Record<string, unknown> {
  return { ...key.export({ format: 'jwk' }), kid: id, alg: 'RS256', use: 'sig' };
}

/** How a token is signed: as it should be, or in the ways of those who forge one. */
export type Algorithm = 'RS256' | 'HS256' | 'none';

/** A JSON Web Token. By HS256 it is signed with the public key as the secret, which verifiers that trust the token's own header take. */
export function token(claims: object, { id, privateKey, publicKey }: TokenKey, algorithm: Algorithm = 'RS256'): string {
  const text = [{ alg: algorithm, kid: id, typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${{
    RS256: () => sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url'),
    HS256: () => createHmac('sha256', publicKey.export({ type: 'spki', format: 'pem' })).update(text).digest('base64url'),
    none: () => '',
  }[algorithm]()}`;
}
