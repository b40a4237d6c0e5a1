import {
  SecurityPolicySpecAuthorizationDefaultAction as DefaultAction, SecurityPolicySpecAuthorizationRulesAction as Action,
  SecurityPolicySpecAuthorizationRulesPrincipalJwtClaimsValueType as ValueType, SecurityPolicySpecOidcCookieConfigSameSite as SameSite,
  SecurityPolicySpecOidcDenyRedirectHeadersType as Match, type SecurityPolicySpecAuthorization, type SecurityPolicySpecJwtProvidersRemoteJwks,
} from '../../imports/gateway.envoyproxy.io';
import type { AccessSpec } from './settings';
import { accessTeam, TOKEN_HEADER } from './cloudflare-access';
import type { RouteAccess } from './gateway-route';
import { CALLBACK_PATH, SIGN_OUT_PATH } from './sign-in-paths';

type Of<Mode> = Extract<AccessSpec, { mode: Mode }>;

const PROVIDER = 'access';
const ID_TOKEN = 'MlflowIdToken';

/** Who is let in at a gateway, by the mode. */
export function routeAccess(access: AccessSpec): RouteAccess {
  switch (access.mode) {
    case 'cloudflare-access': return { policy: cloudflareAccess(access), paths: [], forwardsCredentials: false };
    case 'oidc': return { policy: oidc(access), paths: [CALLBACK_PATH, SIGN_OUT_PATH], forwardsCredentials: false };
    // Of `basic` the server itself asks.
    case 'basic': return { policy: everybody, paths: [], forwardsCredentials: true };
    case 'none': return { policy: everybody, paths: [], forwardsCredentials: false };
  }
}

const everybody = { authorization: { defaultAction: DefaultAction.ALLOW } };

/** The token that Cloudflare adds to each request, whoever sends it. A header alone proves nothing: whoever reaches the gateway could send it. */
function cloudflareAccess({ teamDomain, audience }: Of<'cloudflare-access'>): RouteAccess['policy'] {
  const { issuer, keysUrl } = accessTeam(teamDomain);
  return {
    jwt: {
      providers: [{
        name: PROVIDER,
        issuer,
        audiences: [audience],
        remoteJwks: keysAt(keysUrl),
        extractFrom: { headers: [{ name: TOKEN_HEADER }] },
      }],
    },
  };
}

/**
 * Browsers are sent to the provider, and keep its tokens in encrypted cookies. Whoever brings a token in Authorization is not sent there.
 * In both cases the token is verified, and its groups.
 */
function oidc({ issuer, keysUrl, clientId, secret, scopes, groups, groupsClaim, audiences }: Of<'oidc'>): RouteAccess['policy'] {
  return {
    oidc: {
      provider: { issuer },
      clientId,
      clientSecret: { name: secret },
      scopes: [...scopes],
      redirectUrl: `https://%REQ(:authority)%${CALLBACK_PATH}`, // sessions are kept in cookies that https alone carries
      logoutPath: SIGN_OUT_PATH,
      cookieNames: { accessToken: 'MlflowAccessToken', idToken: ID_TOKEN },
      cookieConfig: { sameSite: SameSite.LAX },
      passThroughAuthHeader: true,
      // Programs and the scripts of the page cannot sign in; they are told so, instead of being led to a page.
      denyRedirect: { headers: [{ name: 'Accept', type: Match.EXACT, value: '*/*' }, { name: 'Accept', type: Match.PREFIX, value: 'application/' }] },
    },
    jwt: {
      providers: [{
        name: PROVIDER,
        issuer,
        audiences: [clientId, ...audiences],
        remoteJwks: keysAt(keysUrl!),
        extractFrom: { headers: [{ name: 'Authorization', valuePrefix: 'Bearer ' }], cookies: [ID_TOKEN] },
      }],
    },
    authorization: groups && onlyGroups(groups, groupsClaim),
  };
}

function onlyGroups(groups: readonly string[], claim: string): SecurityPolicySpecAuthorization {
  return {
    defaultAction: DefaultAction.DENY,
    rules: [{
      action: Action.ALLOW,
      principal: { jwt: { provider: PROVIDER, claims: [{ name: claim, valueType: ValueType.STRING_ARRAY, values: [...groups] }] } },
    }],
  };
}

/** Keys that are asked for anew every five minutes: providers announce a new one long before they use it. */
function keysAt(uri: string): SecurityPolicySpecJwtProvidersRemoteJwks {
  return { uri, cacheDuration: '300s' };
}
