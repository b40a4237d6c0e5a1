import { AccessGateway, type AccessGatewayProps } from '../../../lib/features/access/access-gateway';
import { identityHeaders } from '../../../lib/features/access/identity-headers';
import { find, objectsOf, testChart } from '../../testing';

const least: AccessGatewayProps = { className: 'envoy', hosts: [{ host: 'a.b' }], timeoutSeconds: 600, replicas: 2 };

const all: Required<AccessGatewayProps> = {
  className: 'public',
  hosts: [{ host: 'a.b', tlsSecret: 'public-tls' }, { host: 'c.d', tlsSecret: 'internal-tls' }, { host: 'e.f' }],
  timeoutSeconds: 30,
  replicas: 1,
};

const make = (props: AccessGatewayProps) => new AccessGateway(testChart(), 'Test', props);

test('with the least props: two proxies and http, without a redirect to https that is not there', () => {
  const objects = objectsOf(make(least));
  expect(find(objects, 'Gateway').spec).toMatchObject({ gatewayClassName: 'envoy', listeners: [{ name: 'http.a.b', hostname: 'a.b', port: 80 }] });
  expect(find(objects, 'EnvoyProxy').spec).toMatchObject({ provider: { kubernetes: { envoyDeployment: { replicas: 2 }, envoyPDB: { maxUnavailable: 1 } } } });
  expect(objects.filter(({ kind }) => kind === 'HTTPRoute')).toEqual([]);
});

test('with all props: each host has its certificate, and http leads to https where there is one', () => {
  const objects = objectsOf(make(all));
  const { listeners } = find(objects, 'Gateway').spec as { listeners: { name: string; tls?: { certificateRefs: { name: string }[] } }[] };
  expect(listeners.map(({ name, tls }) => [name, tls?.certificateRefs[0]!.name])).toEqual([
    ['http.a.b', undefined], ['https.a.b', 'public-tls'], ['http.c.d', undefined], ['https.c.d', 'internal-tls'], ['http.e.f', undefined],
  ]);
  expect(find(objects, 'HTTPRoute', 'mlflow-redirect').spec).toMatchObject({
    hostnames: ['a.b', 'c.d'],
    parentRefs: [{ sectionName: 'http.a.b' }, { sectionName: 'http.c.d' }],
    rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }],
  });
  expect(find(objects, 'EnvoyProxy').spec).toMatchObject({ provider: { kubernetes: { envoyDeployment: { replicas: 1 } } } });
});

test('a route without a policy of its own lets nobody in', () => {
  expect(find(objectsOf(make(all)), 'SecurityPolicy', 'mlflow-nobody').spec).toEqual({
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'mlflow' }],
    authorization: { defaultAction: 'Deny' },
  });
  expect(find(objectsOf(make(all)), 'SecurityPolicy', 'mlflow-redirect').spec).toEqual({
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'mlflow-redirect' }],
    authorization: { defaultAction: 'Allow' },
  });
});

test('who ends TLS before the gateway is believed that it was asked by https, and nobody else is', () => {
  const objects = objectsOf(make({ ...all, hosts: [...all.hosts, { host: 'g.h', tlsBefore: true }] }));
  expect(find(objects, 'ClientTrafficPolicy', 'mlflow-before-cluster').spec).toEqual({
    ...find(objects, 'ClientTrafficPolicy', 'mlflow').spec as object,
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'mlflow', sectionName: 'http.g.h' }],
    clientIPDetection: { xForwardedFor: { numTrustedHops: 1 } },
  });
  expect(objectsOf(make(all)).filter(({ kind }) => kind === 'ClientTrafficPolicy')).toHaveLength(1);
});

test('who somebody is, is not taken from outside', () => {
  expect(find(objectsOf(make(least)), 'ClientTrafficPolicy').spec).toMatchObject({ headers: { earlyRequestHeaders: { remove: identityHeaders } } });
  // By hand, lest a line that is lost from the list is lost here, too.
  expect(identityHeaders).toEqual(expect.arrayContaining(['Cf-Access-Authenticated-User-Email', 'X-Forwarded-User', 'X-Auth-Request-Email', 'Remote-User']));
});

test('encoded slashes in names are left as they are, not answered by a redirect', () => {
  expect(find(objectsOf(make(least)), 'ClientTrafficPolicy').spec).toMatchObject({ path: { escapedSlashesAction: 'KeepUnchanged' } });
});

test('transfers may take any time, but not pause longer than allowed', () => {
  const objects = objectsOf(make(all));
  expect(find(objects, 'ClientTrafficPolicy').spec).toMatchObject({ timeout: { http: { streamIdleTimeout: '30s' } } });
  expect(find(objects, 'BackendTrafficPolicy').spec).toMatchObject({ timeout: { http: { requestTimeout: '0s', streamIdleTimeout: '30s', connectionIdleTimeout: '60s' } } });
});

test('routes of other namespaces cannot join', () => {
  const { listeners } = find(objectsOf(make(all)), 'Gateway').spec as { listeners: { allowedRoutes: unknown }[] };
  for (const { allowedRoutes } of listeners) expect(allowedRoutes).toEqual({ namespaces: { from: 'Same' } });
});

test('its proxies are known to network policies by their gateway and its namespace', () => {
  expect(make(least).peer).toEqual({
    namespace: 'envoy-gateway-system',
    podLabels: { 'gateway.envoyproxy.io/owning-gateway-name': 'mlflow', 'gateway.envoyproxy.io/owning-gateway-namespace': 'mlflow' },
  });
});
