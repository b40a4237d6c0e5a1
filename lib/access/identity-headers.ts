/**
 * Headers by which proxies tell servers who somebody is. Whoever sends one from outside only claims it, so they are removed.
 * The token itself, Cf-Access-Jwt-Assertion, stays until it is verified.
 */
export const identityHeaders: readonly string[] = [
  'Cf-Access-Authenticated-User-Email',
  'Forwarded',
  'Remote-Email',
  'Remote-Groups',
  'Remote-Name',
  'Remote-User',
  'X-Auth-Request-Access-Token',
  'X-Auth-Request-Email',
  'X-Auth-Request-Groups',
  'X-Auth-Request-Preferred-Username',
  'X-Auth-Request-User',
  'X-Forwarded-Access-Token',
  'X-Forwarded-Email',
  'X-Forwarded-Groups',
  'X-Forwarded-Preferred-Username',
  'X-Forwarded-User',
  'X-Remote-User',
];

/** What proves who somebody is: verified on the way, and of no use to the tracking server, which could only lose it. */
export const credentialHeaders: readonly string[] = ['Authorization', 'Cf-Access-Jwt-Assertion', 'Cookie'];
