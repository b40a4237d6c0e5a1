import { load } from 'js-yaml';
import { credentialHeaders, identityHeaders } from '../../../lib/features/access/identity-headers';
import { OAuth2Proxy, type OAuth2ProxyProps } from '../../../lib/features/access/oauth2-proxy';
import { servedPaths } from '../../../lib/features/access/served-paths';
import { allowedOutOf, withPolicies } from '../../peers';
import { find, objectsOf, secret, secretFiles, testChart, workload } from '../../testing';
import { weaknesses } from '../../weaknesses';

const least: OAuth2ProxyProps = {
  component: 'sign-in',
  server: { podLabels: { app: 'server' }, host: 'mlflow.mlflow.svc.cluster.local', port: 5000 },
  clients: [{ namespace: 'traefik' }, { namespace: 'kube-system', podLabels: { app: 'traefik' } }],
  timeoutSeconds: 600,
  clusterDomain: 'cluster.local',
  encrypted: true,
  issuer: 'https://login.example.com/realms/main',
  clientId: 'mlflow',
  clientSecret: secret('mlflow-oidc'),
  cookieSecret: secret('mlflow-oidc-cookies'),
  scopes: ['openid', 'email'],
  groupsClaim: 'groups',
  audiences: [],
};

const all: Required<OAuth2ProxyProps> = {
  ...least,
  component: 'internal-sign-in',
  clients: [{ cidrs: ['10.20.0.0/16'] }],
  timeoutSeconds: 30,
  spread: 'soft',
  disruptionBudget: { maxUnavailable: 1 },
  encrypted: false,
  issuer: 'https://keycloak.login.svc.cluster.local:8443/realms/main',
  clientId: '$HOME',
  scopes: ['openid', 'groups'],
  groups: ['${HOME}', 'a "quoted" group'],
  groupsClaim: 'realm_access.roles',
  audiences: ['training', 'serving'],
  caSecret: secret('company-ca'),
};

interface Header { readonly name: string; readonly preserveRequestValue: boolean; readonly values?: unknown }
interface Upstream { readonly path: string; readonly uri?: string; readonly timeout?: string; readonly rewriteTarget?: string }
interface Configuration {
  readonly server: { readonly bindAddress: string };
  readonly injectRequestHeaders: readonly Header[];
  readonly upstreamConfig: { readonly upstreams: readonly Upstream[] };
  readonly providers: readonly Record<string, unknown>[];
}

const objects = (props: OAuth2ProxyProps) => objectsOf(new OAuth2Proxy(testChart(), 'Test', props));
const pod = (props: OAuth2ProxyProps) => workload(objects(props), 'Deployment').spec.template.spec;
const text = (props: OAuth2ProxyProps) => (find(objects(props), 'ConfigMap').data as Record<string, string>)['oauth2-proxy.yaml']!;
const configuration = (props: OAuth2ProxyProps) => load(text(props)) as Configuration;

/** Flag to its values. */
function flags(props: OAuth2ProxyProps): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const arg of pod(props).containers[0]!.args!) {
    const [, flag, value] = /^--([a-z0-9-]+)=(.*)$/.exec(arg)!;
    (found[flag!] ??= []).push(value!);
  }
  return found;
}

test('people are sent to the provider with PKCE, and asked for what is told', () => {
  expect(configuration(least).providers).toMatchObject([{
    provider: 'oidc', clientID: 'mlflow', scope: 'openid email', code_challenge_method: 'S256',
    oidcConfig: { issuerURL: least.issuer, groupsClaim: 'groups', extraAudiences: [], insecureSkipNonce: false },
  }]);
  expect(configuration(least).providers[0]).not.toHaveProperty('allowedGroups');
  expect(configuration(all).providers).toMatchObject([{
    clientID: '$HOME', scope: 'openid groups', allowedGroups: all.groups,
    oidcConfig: { issuerURL: all.issuer, groupsClaim: 'realm_access.roles', extraAudiences: ['training', 'serving'] },
  }]);
});

test('no value of a file is taken for a variable', () => {
  expect(text(all).replace('[${POD_IP}]', '')).not.toContain('$');
});

test('programs\' tokens are taken or refused, and what is not the page is never redirected', () => {
  expect(flags(least)).toMatchObject({ 'skip-jwt-bearer-tokens': ['true'], 'bearer-token-login-fallback': ['false'] });
  const isProgram = new RegExp(flags(least)['api-route']![0]!);
  for (const path of ['/', '/?x=/api']) expect([path, isProgram.test(path)]).toEqual([path, false]);
  for (const path of ['/api', '/ajax-api/2.0/x', '/health?x', '/metrics']) expect([path, isProgram.test(path)]).toEqual([path, true]);
});

test('nothing switches the sign-in off for some paths, methods or addresses', () => {
  for (const flag of ['skip-auth-route', 'skip-auth-regex', 'skip-auth-preflight', 'trusted-ip', 'ping-user-agent', 'ssl-insecure-skip-verify', 'htpasswd-file', 'metrics-address']) {
    expect(flags(all)).not.toHaveProperty(flag);
  }
  expect(text(all)).not.toMatch(/insecure(?!SkipNonce: false)/i);
});

test('cookies are for this host, https and the server alone; where there is no https, they are at least for the server alone', () => {
  const common = { 'cookie-httponly': ['true'], 'cookie-samesite': ['lax'], 'cookie-expire': ['12h'] };
  expect(flags(least)).toMatchObject({ ...common, 'cookie-name': ['__Host-mlflow-sign-in'], 'cookie-secure': ['true'] });
  expect(flags(all)).toMatchObject({ ...common, 'cookie-name': ['mlflow-internal-sign-in'], 'cookie-secure': ['false'] });
});

test('secrets are files, in no argument and no variable', () => {
  expect(secretFiles(pod(least), 'secrets')).toEqual({ 'mlflow-oidc/client-secret': 'client-secret', 'mlflow-oidc-cookies/cookie-secret': 'cookie-secret' });
  expect(flags(least)['cookie-secret-file']).toEqual(['/run/secrets/secrets/cookie-secret']);
  expect(configuration(least).providers).toMatchObject([{ clientSecretFile: '/run/secrets/secrets/client-secret' }]);
  expect(pod(least).containers[0]!.env!.map(({ name }) => name)).toEqual(['POD_IP', 'GOMEMLIMIT']);
  expect(weaknesses(pod(all))).toEqual([]);
});

test('the provider\'s certificate may be of the company\'s authorities in addition to the public ones', () => {
  expect(configuration(least).providers[0]).not.toHaveProperty('caFiles');
  expect(configuration(all).providers).toMatchObject([{ caFiles: ['/run/secrets/secrets/ca.crt'], useSystemTrustStore: true }]);
  expect(secretFiles(pod(all), 'secrets')).toMatchObject({ 'company-ca/ca.crt': 'ca.crt' });
});

test('it listens on the pod\'s own address, of whatever family', () => {
  expect(configuration(least).server.bindAddress).toBe('[${POD_IP}]:4180');
});

test('it waits before it ends, shorter than the pod is given', () => {
  const { containers: [container], terminationGracePeriodSeconds } = pod(least);
  expect(container).toMatchObject({ lifecycle: { preStop: { exec: { command: ['sleep', '50'] } } } });
  expect(terminationGracePeriodSeconds).toBeGreaterThan(50);
});

test('a changed Secret or setting replaces the pods', () => {
  const inputs = (props: OAuth2ProxyProps) => workload(objects(props), 'Deployment').spec.template.metadata.annotations!['checksum/inputs'];
  expect(inputs({ ...least, cookieSecret: secret('mlflow-oidc-cookies', '2') })).not.toBe(inputs(least));
  expect(inputs({ ...least, groups: ['a'] })).not.toBe(inputs(least));
  expect(inputs({ ...least, caSecret: secret('ca') })).not.toBe(inputs({ ...least, caSecret: secret('ca', '2') }));
});

test('each served path leads to the server, and no other does', () => {
  const { upstreams } = configuration(all).upstreamConfig;
  const [elsewhere, ...others] = upstreams;
  const leads = (path: string) => others.some((upstream) => upstream.rewriteTarget
    ? new RegExp(upstream.path).test(path)
    : upstream.path.endsWith('/') ? path.startsWith(upstream.path) : path === upstream.path);
  for (const { path, match } of servedPaths) {
    expect([path, leads(path)]).toEqual([path, true]);
    if (match === 'Prefix') expect([path, leads(`${path}/x`)]).toEqual([path, true]);
  }
  for (const path of ['/metrics', '/ready', '/apis', '/signup', '/x']) expect([path, leads(path)]).toEqual([path, false]);
  expect(elsewhere).toMatchObject({ static: true, staticCode: 400 });
  for (const [path, means] of Object.entries({ '/api/..\\x': true, '/api\\.': true, '/api/x..': false, '/api/..x': false, '/api/...': false })) {
    expect([path, new RegExp(elsewhere!.path).test(path)]).toEqual([path, means]);
  }
  expect(new Set(others.map(({ uri, timeout }) => `${uri!} ${timeout!}`))).toEqual(new Set(['http://mlflow.mlflow.svc.cluster.local:5000 30s']));
});

test('nobody says to the server who somebody is', () => {
  const removed = [...identityHeaders, ...credentialHeaders];
  expect(configuration(least).injectRequestHeaders).toEqual(removed.map((name) => ({ name, preserveRequestValue: false })));
  expect(identityHeaders).toContain('X-Forwarded-User');
  expect(credentialHeaders).toEqual(expect.arrayContaining(['Authorization', 'Cookie']));
});

test('its own pages are served as well', () => {
  expect(new OAuth2Proxy(testChart(), 'Test', least).paths).toEqual([...servedPaths, { path: '/oauth2', match: 'Prefix' }]);
});

test('it connects to the provider: by a name of the Internet anywhere, by a Service\'s name in its namespace', () => {
  const beyondServer = (props: OAuth2ProxyProps) => allowedOutOf(withPolicies(new OAuth2Proxy(testChart(), 'Test', props)), props.component).filter((each) => !/^DNS|port 5000/.test(each));
  expect(beyondServer(least)).toEqual(['port 443 of 0.0.0.0/0', 'port 443 of ::/0']);
  expect(beyondServer(all)).toEqual(['port 8443 of namespace login']);
  expect(flags(all)['whitelist-domain']).toEqual(['keycloak.login.svc.cluster.local:8443']);
});

test('who the client is, for the log, is to be said by the proxies in front, each network once', () => {
  expect(flags(all)).toMatchObject({ 'reverse-proxy': ['true'], 'trusted-proxy-ip': ['10.20.0.0/16'] });
  expect(flags(least)['trusted-proxy-ip']!.filter((network) => network === '10.0.0.0/8')).toHaveLength(1);
  expect(flags(least)['trusted-proxy-ip']!.join()).not.toMatch(/0\.0\.0\.0\/0|::\/0/);
});
