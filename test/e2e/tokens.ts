import { createHmac, generateKeyPairSync, sign } from 'node:crypto';

type Json = Record<string, unknown>;

/** The keys of somebody who signs tokens. */
export class Signer {
  private readonly pair = generateKeyPairSync('rsa', { modulusLength: 2048 });

  constructor(readonly keyId: string) {}

  /** The public key as a JWKS has it. */
  get publicKey(): Json {
    return { ...this.pair.publicKey.export({ format: 'jwk' }), kid: this.keyId, alg: 'RS256', use: 'sig' };
  }

  token(claims: Json, header: Json = {}): string {
    return jwt({ alg: 'RS256', kid: this.keyId, ...header }, claims, (content) => sign('RSA-SHA256', Buffer.from(content), this.pair.privateKey));
  }

  /** A token that was signed with the public key, which everybody has, as if it were a password. */
  tokenByPublicKey(claims: Json): string {
    const password = this.pair.publicKey.export({ format: 'pem', type: 'spki' });
    return jwt({ alg: 'HS256', kid: this.keyId }, claims, (content) => createHmac('sha256', password).update(content).digest());
  }

  /** A token that nobody signed. */
  unsigned(claims: Json): string {
    return jwt({ alg: 'none' }, claims, () => Buffer.of());
  }
}

function jwt(header: Json, claims: Json, signature: (content: string) => Buffer): string {
  const content = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${content}.${signature(content).toString('base64url')}`;
}

/** Seconds since 1970. */
export const now = () => Math.floor(Date.now() / 1000);

/** The Access application of the tests. */
export const TEAM = 'example.cloudflareaccess.com';
export const AUDIENCE = '0123456789abcdef'.repeat(4);

/** What Cloudflare Access says of somebody after it let them in. */
export function accessClaims(changes: Json = {}): Json {
  return { iss: `https://${TEAM}`, aud: [AUDIENCE], email: 'ann@example.com', sub: 'ann', iat: now() - 10, nbf: now() - 10, exp: now() + 3600, ...changes };
}

/** The header that Cloudflare Access tells so in. */
export function assertion(token: string): Record<string, string> {
  return { 'Cf-Access-Jwt-Assertion': token };
}

/** Headers that say who somebody is, and that nobody but they themselves set. */
export const CLAIMED = {
  'Cf-Access-Authenticated-User-Email': 'ann@example.com', 'X-Forwarded-User': 'ann', 'X-Forwarded-Email': 'ann@example.com', 'X-Forwarded-Groups': 'mlflow-users',
  'X-Auth-Request-User': 'ann', 'X-Auth-Request-Email': 'ann@example.com', 'X-Remote-User': 'ann', 'Remote-User': 'ann', 'X-Forwarded-Access-Token': 'any',
};

/** Headers with which nobody may get in where Cloudflare Access lets people in, whose keys are those of `signer`. */
export function forgedAssertions(signer: Signer): Record<string, Record<string, string>> {
  const changed = (changes: Json) => assertion(signer.token(accessClaims(changes)));
  const good = signer.token(accessClaims());
  const impostor = new Signer(signer.keyId);
  return {
    'none': {},
    'none, and headers that claim who somebody is': CLAIMED,
    'expired': changed({ exp: now() - 120, iat: now() - 900, nbf: now() - 900 }),
    'without an end': changed({ exp: undefined }),
    'not yet valid': changed({ nbf: now() + 600, exp: now() + 1200 }),
    'for another application': changed({ aud: ['f'.repeat(64)] }),
    'for no application': changed({ aud: undefined }),
    'of another team': changed({ iss: 'https://other.cloudflareaccess.com' }),
    'of no team': changed({ iss: undefined }),
    'signed by another': assertion(impostor.token(accessClaims())),
    'signed by another, who says so': assertion(new Signer('another').token(accessClaims())),
    'signed by nobody': assertion(signer.unsigned(accessClaims())),
    'signed with the public key': assertion(signer.tokenByPublicKey(accessClaims())),
    'no token at all': assertion('letmein'),
    'an empty one': assertion(''),
    'a good one and another': assertion(`${good},${impostor.token(accessClaims())}`),
    'a good one elsewhere': { Authorization: `Bearer ${good}`, Cookie: `CF_Authorization=${good}` },
  };
}

/** The provider's tokens of programs are for this audience, and those of this group are let in. */
export const PROGRAMS = 'mlflow-programs';
export const GROUP = 'mlflow-users';
export const PROVIDER = 'https://login.example.com';

/** Tokens of programs with which nobody may get in where the provider's are good. */
export function forgedTokens(): Record<string, string> {
  const ofTraining = (changes: Json = {}) => ({ iss: PROVIDER, aud: PROGRAMS, sub: 'training', groups: [GROUP], exp: now() + 3600, ...changes });
  const impostor = new Signer('keystore-CHANGE-ME'); // the provider's own key is called so
  return {
    'signed by another': impostor.token(ofTraining()),
    'signed by nobody': impostor.unsigned(ofTraining()),
    'signed with the public key of another': impostor.tokenByPublicKey(ofTraining()),
    'of another provider': impostor.token(ofTraining({ iss: 'https://evil.example.com' })),
    'not a token': 'any',
  };
}
