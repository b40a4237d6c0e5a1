import { TOKEN_HEADER } from './cloudflare-access';

/**
 * Request headers with which proxies tell servers who somebody is. Whoever sends one from outside only claims it, so none is passed on: some
 * servers believe them, and MLflow needs none.
 */
export const identityHeaders: readonly string[] = [
  'Cf-Access-Authenticated-User-Email',
  'Remote-Email',
  'Remote-Groups',
  'Remote-Name',
  'Remote-User',
  'X-Auth-Request-Access-Token',
  'X-Auth-Request-Email',
  'X-Auth-Request-Groups',
  'X-Auth-Request-Preferred-Username',
  'X-Auth-Request-Redirect',
  'X-Auth-Request-User',
  'X-Forwarded-Access-Token',
  'X-Forwarded-Email',
  'X-Forwarded-Groups',
  'X-Forwarded-Preferred-Username',
  'X-Forwarded-User',
  'X-Remote-Email',
  'X-Remote-Group',
  'X-Remote-User',
  'X-User',
  'X-Webauth-User',
];

/** What proves who somebody is. Once it is verified nobody needs it, and whoever holds it can do what that person may. */
export const credentialHeaders: readonly string[] = [
  'Authorization',
  'Cookie',
  'Cf-Access-Client-Id',
  'Cf-Access-Client-Secret',
  TOKEN_HEADER,
];
