import { AccessGateway } from '../../lib/access/access-gateway';
import { GatewayRoute } from '../../lib/access/gateway-route';
import { routeAccess } from '../../lib/access/route-access';
import { servedPaths } from '../../lib/access/served-paths';
import type { AccessSpec } from '../../lib/access/settings';
import { ComponentService } from '../../lib/workload/component-service';
import { environment, find, objectsOf, testChart } from '../testing';

interface Route {
  readonly parentRefs: unknown;
  readonly hostnames: string[];
  readonly rules: {
    matches: { path: { type: string; value: string } }[];
    filters?: { requestHeaderModifier: { remove: string[] } }[];
    backendRefs: unknown;
  }[];
}

function made(access: string) {
  const chart = testChart();
  const gateway = new AccessGateway(chart, 'Gateway', { className: 'envoy', hosts: [{ host: 'a.b', tlsSecret: 'tls' }], timeoutSeconds: 600 });
  const service = new ComponentService(chart, 'Service', { name: 'mlflow', component: 'thing', version: '1.2.3', port: { name: 'http', port: 5000 } });
  const spec: AccessSpec = environment(`{profile: local, gateway: {hosts: [a.b], tls: {provider: before-cluster}}, access: {${access}}}`).access!;
  const objects = objectsOf(new GatewayRoute(chart, 'Test', { name: 'mlflow', gateway, hosts: ['a.b'], service, access: routeAccess(spec) }));
  return { route: find(objects, 'HTTPRoute', 'mlflow').spec as Route, policy: find(objects, 'SecurityPolicy', 'mlflow').spec as Record<string, unknown> };
}

const CLOUDFLARE = `mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: ${'a'.repeat(64)}`;
const OIDC = 'mode: oidc, issuer: "https://login.example.com/realms/main", keysUrl: "https://login.example.com/keys", clientId: mlflow';
const HERE = { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'mlflow' }] };

test('the served paths, and nothing else, lead to the Service', () => {
  const { route } = made(CLOUDFLARE);
  expect(route).toMatchObject({ hostnames: ['a.b'], parentRefs: [{ name: 'mlflow', sectionName: 'https.a.b' }] });
  expect(route.rules).toHaveLength(1);
  expect(route.rules[0]!.backendRefs).toMatchObject([{ name: 'mlflow', port: 5000 }]);
  expect(route.rules[0]!.matches).toEqual(servedPaths.map(({ path, match }) => ({ path: { type: match === 'Exact' ? 'Exact' : 'PathPrefix', value: path } })));
});

test('Cloudflare\'s token is demanded of every request: issuer, audience and keys are the team\'s', () => {
  expect(made(CLOUDFLARE).policy).toEqual({
    ...HERE,
    jwt: {
      providers: [{
        name: 'access',
        issuer: 'https://a.cloudflareaccess.com',
        audiences: ['a'.repeat(64)],
        remoteJWKS: { uri: 'https://a.cloudflareaccess.com/cdn-cgi/access/certs', cacheDuration: '300s' },
        extractFrom: { headers: [{ name: 'Cf-Access-Jwt-Assertion' }] },
      }],
    },
  });
});

test('a provider signs people in, and tokens of programs are those of the same issuer', () => {
  const { policy, route } = made(OIDC);
  expect(policy).toMatchObject({
    ...HERE,
    oidc: {
      provider: { issuer: 'https://login.example.com/realms/main' },
      clientID: 'mlflow',
      clientSecret: { name: 'mlflow-oidc' },
      scopes: ['openid', 'profile', 'email'],
      redirectURL: 'https://%REQ(:authority)%/oauth2/callback',
      logoutPath: '/oauth2/sign_out',
      passThroughAuthHeader: true,
    },
    jwt: { providers: [{ issuer: 'https://login.example.com/realms/main', audiences: ['mlflow'], remoteJWKS: { uri: 'https://login.example.com/keys' } }] },
  });
  expect(policy).not.toHaveProperty('authorization');
  expect(policy).not.toHaveProperty('jwt.optional');
  expect(route.rules[0]!.matches.map(({ path: { value } }) => value)).toEqual(expect.arrayContaining(['/oauth2/callback', '/oauth2/sign_out']));
});

test('where groups are named, nobody else is let in', () => {
  const { policy } = made(`${OIDC}, groups: [data-science, admins], groupsClaim: roles, audiences: [api], secret: client, scopes: [openid, groups]`);
  expect(policy).toMatchObject({
    oidc: { clientSecret: { name: 'client' }, scopes: ['openid', 'groups'], redirectURL: 'https://%REQ(:authority)%/oauth2/callback' },
    jwt: { providers: [{ audiences: ['mlflow', 'api'] }] },
    authorization: {
      defaultAction: 'Deny',
      rules: [{
        action: 'Allow',
        principal: { jwt: { provider: 'access', claims: [{ name: 'roles', valueType: 'StringArray', values: ['data-science', 'admins'] }] } },
      }],
    },
  });
});

test.each(['mode: basic', 'mode: none'])('%s: the gateway asks nobody', (access) => {
  expect(made(access).policy).toEqual({ ...HERE, authorization: { defaultAction: 'Allow' } });
});

test('the server gets no credentials but those that it checks itself', () => {
  const removed = (access: string) => made(access).route.rules[0]!.filters?.flatMap(({ requestHeaderModifier }) => requestHeaderModifier.remove);
  for (const access of [CLOUDFLARE, OIDC]) {
    expect(removed(access)).toEqual(expect.arrayContaining(['Authorization', 'Cf-Access-Jwt-Assertion', 'Cookie']));
  }
  expect(removed('mode: basic')).toBeUndefined();
});
