/**
 * Request headers that say who somebody is. No guard passes them on: some servers believe them, MLflow needs none of them, and whoever
 * holds a token or a cookie of somebody's can do what that person may.
 */
export const identityHeaders: readonly string[] = [
  'Authorization',
  'Cookie',
  'Cf-Access-Authenticated-User-Email',
  'Cf-Access-Client-Id',
  'Cf-Access-Client-Secret',
  'Cf-Access-Jwt-Assertion',
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
