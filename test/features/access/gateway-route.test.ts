import { AccessGateway } from '../../../lib/features/access/access-gateway';
import { GatewayRoute } from '../../../lib/features/access/gateway-route';
import { servedPaths } from '../../../lib/features/access/served-paths';
import { ComponentService } from '../../../lib/kit/workload/component-service';
import { find, objectsOf, testChart } from '../../testing';

interface Route {
  readonly rules: {
    matches: { path: { type: string; value: string } }[];
    filters?: { requestHeaderModifier: { remove: string[] } }[];
    backendRefs: unknown;
  }[];
}

function made(asksBehind: boolean) {
  const chart = testChart();
  const gateway = new AccessGateway(chart, 'Gateway', { className: 'envoy', hosts: [{ host: 'a.b', tlsSecret: 'tls' }], timeoutSeconds: 600, replicas: 2 });
  const service = new ComponentService(chart, 'Service', { name: 'guard', component: 'thing', version: '1.2.3', port: { name: 'http', port: 4180 } });
  const paths = [...servedPaths, { path: '/oauth2', match: 'Prefix' as const }];
  const objects = objectsOf(new GatewayRoute(chart, 'Test', { name: 'mlflow', gateway, hosts: ['a.b'], service, paths, asksBehind }));
  return { route: find(objects, 'HTTPRoute', 'mlflow').spec as Route, policy: find(objects, 'SecurityPolicy', 'mlflow').spec };
}

test('the paths of the Service, and no others, lead to it', () => {
  const { route } = made(true);
  expect(route).toMatchObject({ hostnames: ['a.b'], parentRefs: [{ name: 'mlflow', sectionName: 'https.a.b' }] });
  expect(route.rules).toHaveLength(1);
  expect(route.rules[0]!.backendRefs).toMatchObject([{ name: 'guard', port: 4180 }]);
  expect(route.rules[0]!.matches).toEqual([
    { path: { type: 'Exact', value: '/' } },
    ...servedPaths.slice(1).map(({ path }) => ({ path: { type: 'PathPrefix', value: path } })),
    { path: { type: 'PathPrefix', value: '/oauth2' } },
  ]);
});

test('the gateway asks nobody who they are: the guard behind it does, of every request', () => {
  for (const asksBehind of [true, false]) {
    expect(made(asksBehind).policy).toEqual({
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'mlflow' }], authorization: { defaultAction: 'Allow' },
    });
  }
});

test('credentials go no further where nobody needs them', () => {
  expect(made(true).route.rules[0]!.filters).toBeUndefined();
  expect(made(false).route.rules[0]!.filters?.flatMap(({ requestHeaderModifier }) => requestHeaderModifier.remove))
    .toEqual(expect.arrayContaining(['Authorization', 'Cf-Access-Jwt-Assertion', 'Cookie']));
});
