import { entrancesOf, type Entrance } from './entrance';
import type { EnvironmentSpec } from '../environment';
import { profiles } from '../profiles';
import { authorities, generatedUnlessNamed, randomKey, type SecretUse } from '../../kit/secrets/secret-use';

/** The Secrets of the entrances: certificates, the client at the provider, and what sessions are encrypted with. */
export function secrets(environment: EnvironmentSpec): SecretUse[] {
  return entrancesOf(environment).flatMap((entrance) => [...ofAccess(entrance, environment), ...ofTls(entrance)]);
}

function ofAccess({ access, accessPath: path }: Entrance, { profile }: EnvironmentSpec): SecretUse[] {
  if (access.mode !== 'oidc') return [];
  return [
    { path: `${path}.secret`, purpose: `the client ${access.clientId} at ${access.issuer}`, name: access.secret, keys: ['client-secret'] },
    generatedUnlessNamed(profiles[profile].makesSecrets, access.cookieSecret, {
      path: `${path}.cookieSecret`,
      purpose: 'the cookies of sessions',
      name: 'mlflow-oidc-cookies',
      values: { 'cookie-secret': randomKey },
      problems: { 'cookie-secret': problemOfCookieSecret },
    }),
    ...authorities(`${path}.caSecret`, access.caSecret),
  ];
}

/** It must have one of the lengths that AES takes, read as oauth2-proxy reads it: as base64, and where that gives another length, as it is. */
function problemOfCookieSecret(text: string): string | undefined {
  const characters = /^([A-Za-z0-9_-]*)=*$/.exec(text)?.[1]?.length ?? 0;
  const decoded = characters % 4 === 1 ? 0 : Math.floor(characters * 3 / 4); // such a length no bytes have
  return [decoded, Buffer.byteLength(text)].some((length) => [16, 24, 32].includes(length)) ? undefined
    : 'must be 16, 24 or 32 bytes, as they are or as URL-safe base64: write what `openssl rand -base64 32 | tr +/ -_` prints';
}

function ofTls({ name, tls, tlsPath: path }: Entrance): SecretUse[] {
  const keys = ['tls.crt', 'tls.key'];
  const purpose = 'certificates';
  if (tls?.provider === 'secret') return [{ path: `${path}.secret`, purpose, name: tls.secret, keys }];
  if (tls?.provider === 'cert-manager') return [{ path, purpose, name: certificateSecret(name), keys, maker: 'cluster' }];
  return [];
}

/** The Secret to which cert-manager writes a certificate. */
export function certificateSecret(certificate: string): string {
  return `${certificate}-tls`;
}
