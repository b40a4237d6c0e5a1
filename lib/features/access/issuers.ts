import { hostOfUrl, isReachable, REACHES_NOBODY } from '../../kit/hosts';

/*
 * Issuers of known providers. oauth2-proxy and the guards start only where the issuer is, letter for letter, what the provider says in its
 * discovery document: a slash too many is enough that nobody ever signs in.
 */

interface Provider {
  readonly host: RegExp;
  /** What follows the host. */
  readonly path: RegExp;
  /** What to write instead. */
  readonly write: string;
}

const PROVIDERS: readonly Provider[] = [
  { host: /^accounts\.google\.com$/, path: /^$/, write: 'https://accounts.google.com' },
  { host: /\.auth0\.com$/, path: /^\/$/, write: 'https://, the tenant\'s host, and a slash, e.g. https://mycompany.eu.auth0.com/' },
  { host: /^login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)$/, path: /^\/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\/v2\.0$/,
    write: 'https://login.microsoftonline.com/, the ID of the tenant, and /v2.0' },
  { host: /^sts\.windows\.net$/, path: /^\/[^/]+\/$/, write: 'https://sts.windows.net/, the ID of the tenant, and a slash' },
  { host: /^cognito-idp\..*amazonaws\.com$/, path: /^\/[a-z\d-]+_[A-Za-z\d]+$/, write: 'https://cognito-idp.eu-west-1.amazonaws.com/ and the ID of the user pool, e.g. eu-west-1_Ab1' },
  { host: /\.amazoncognito\.com$/, path: /(?!)/, write: 'https://cognito-idp.eu-west-1.amazonaws.com/ and the ID of the user pool: what ends in amazoncognito.com is its sign-in page' },
  { host: /^([^.]+\.)?github\.com$/, path: /(?!)/, write: 'that of another provider, such as Dex in front of GitHub, which has no OpenID Connect for people' },
  { host: /^gitlab\.com$/, path: /^$/, write: 'https://gitlab.com' },
  { host: /-admin\.okta\.com$/, path: /(?!)/, write: 'the organisation\'s own host, without -admin' },
  { host: /\.okta\.com$/, path: /^(\/oauth2\/[^/]+)?$/, write: 'https://, the organisation\'s host, and perhaps /oauth2/default, without a slash at the end' },
  { host: /(^|[.-])keycloak([.-]|$)/, path: /\/realms\/[^/]+$/, write: 'that of a realm, e.g. https://keycloak.company.com/realms/main' },
  { host: /^example\.(com|org|net)$/, path: /(?!)/, write: 'that of your own provider' },
];

export const HTTPS_URL = 'must be an https URL of a host and perhaps a path';
const EXAMPLE = 'https://login.example.com/realms/main';
const DISCOVERY = '.well-known';

/** How the addresses of a provider's other services end: no issuer does. */
const ENDPOINT = new RegExp('/(protocol/openid-connect(/.*)?|authorize|token|userinfo|certs|jwks|jwks\\.json|keys|auth|console|account|callback|login|logout|device'
  + '|introspect|revoke|metadata)/?$');
/** What stands in examples in place of the reader's own, and Entra's names for all tenants, which no token has. */
const PLACEHOLDER = /[<>{}$]|\.microsoftonline\.com\/(common|organizations|consumers)(\/|$)/;
/** What the path of an issuer is made of. A part of dots, or none, would be read as another path. */
const PATH = /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)*\/?$/;

export function isHttpsUrl(text: string, ending = /^[^?#\s]*$/): boolean {
  return text.startsWith('https://') && text.length <= 253 && hostOfUrl(text) !== undefined && ending.test(text);
}

/** What is wrong with a text as the issuer of a provider, or undefined. */
export function problemOfIssuer(text: string): string | undefined {
  if (!isHttpsUrl(text)) return `${HTTPS_URL}, as the provider's tokens have it: write e.g. ${EXAMPLE}`;
  const host = hostOfUrl(text)!;
  const path = text.replace(/^https:\/\/[^/]+/, '');
  if (!isReachable(host)) return REACHES_NOBODY;
  if (path.includes(DISCOVERY)) return `must be the issuer alone: leave out /${DISCOVERY}/ and what follows`;
  if (PLACEHOLDER.test(text)) return 'must be the issuer of your own tenant, as its tokens have it';
  const known = PROVIDERS.find(({ host: pattern }) => pattern.test(host));
  if (known && !known.path.test(path)) return `must be exactly as the provider's tokens have it: write ${known.write}`;
  if (ENDPOINT.test(path)) return `must be the issuer, and not another address of the provider: write what issuer says in its ${DISCOVERY}/openid-configuration, e.g. ${EXAMPLE}`;
  if (/\/realms\/[^/]+\//.test(path)) return `must be that of the realm alone, without what follows its name: write e.g. ${EXAMPLE}`;
  return PATH.test(path) ? undefined : `must have a path of letters, digits, "-", "_", "." and "~", as issuers have it: write e.g. ${EXAMPLE}`;
}
