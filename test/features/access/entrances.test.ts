import { load } from 'js-yaml';
import { decided, EXTERNAL, namesOf } from '../../decided';
import { allowedInto } from '../../peers';
import { find, workloads } from '../../testing';

type Labels = Record<string, string>;

interface Backend { readonly service: { readonly name: string; readonly port: { readonly number: number } } }

describe('before an Ingress', () => {
  const CLOUDFLARE = `{mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: ${'a'.repeat(64)}}`;
  const OIDC = '{mode: oidc, issuer: "https://login.example.com", clientId: mlflow}';
  const way = (access: string) => `${EXTERNAL}, ingress: {hosts: [a.b], tls: {provider: before-cluster}}, access: ${access}`;
  const backends = (text: string, name: string) => (find(decided(text), 'Ingress', name).spec as { rules: { http: { paths: { path: string; backend: Backend }[] } }[] })
    .rules.flatMap(({ http }) => http.paths.map(({ path, backend: { service } }) => ({ path, service: `${service.name}:${service.port.number}` })));
  const services = (text: string, name: string) => [...new Set(backends(text, name).map(({ service }) => service))];
  const clients = (text: string, component = 'tracking-server') => allowedInto(decided(text), component);

  test('stands a guard for each entrance, as its access says', () => {
    const both = `${way(CLOUDFLARE)}, internal: {hosts: [c.d], tls: {provider: before-cluster}, access: ${OIDC}}`;
    expect(services(both, 'mlflow')).toEqual(['mlflow-token-verifier:8080']);
    expect(services(both, 'mlflow-internal')).toEqual(['mlflow-internal-sign-in:4180']);
    expect(backends(both, 'mlflow-internal')).toContainEqual({ path: '/oauth2', service: 'mlflow-internal-sign-in:4180' });
    expect(backends(both, 'mlflow')).not.toContainEqual(expect.objectContaining({ path: '/oauth2' }));
    expect(namesOf(both)).toEqual(expect.arrayContaining([
      'Deployment/mlflow-token-verifier', 'PodDisruptionBudget/mlflow-token-verifier', 'NetworkPolicy/mlflow-token-verifier', 'Deployment/mlflow-internal-sign-in',
    ]));
  });

  test('the server takes connections from the guards and not from the controller', () => {
    expect(clients(way(OIDC))).toEqual(['component sign-in']);
    expect(clients(`${way(CLOUDFLARE)}, internal: {hosts: [c.d], tls: {provider: before-cluster}}`)).toEqual(['component token-verifier', 'component internal-token-verifier']);
    const named = `${way(OIDC)}, network: {ingressController: {namespace: edge}, clients: [{namespace: training}]}`;
    expect(clients(named)).toEqual(['namespace training', 'component sign-in']);
    expect(clients(named, 'sign-in')).toEqual(['namespace edge']);
  });

  test('the controllers of k3s, RKE2 and MicroK8s are let in without a word, and no other pods of their namespaces', () => {
    const from = (controller: string) => clients(way(OIDC).replace('tls:', `controller: ${controller}, tls:`), 'sign-in');
    expect(from('traefik')).toEqual(['namespace traefik', 'pods name=traefik in namespace kube-system', 'pods name=traefik in namespace ingress']);
    expect(from('nginx')).toEqual([
      'namespace ingress-nginx', 'pods name=rke2-ingress-nginx in namespace kube-system', 'pods name=nginx-ingress-microk8s in namespace ingress',
      'pods name=traefik in namespace ingress',
    ]);
  });

  test('nobody stands where MLflow knows its users itself, or everybody may come', () => {
    const basic = way('{mode: basic}');
    expect(services(basic, 'mlflow')).toEqual(['mlflow:5000']);
    expect(clients(basic)).toContain('namespace ingress-nginx');
    const half = `profile: local, ingress: {hosts: [a.b]}, access: {mode: none}, internal: {hosts: [c.d], access: ${OIDC}}`;
    expect(services(half, 'mlflow')).toEqual(['mlflow:5000']);
    expect(clients(half)).toEqual(expect.arrayContaining(['component internal-sign-in', 'namespace ingress-nginx']));
  });

  test('guards follow the profile: spread and budget, cookies of https', () => {
    const args = (text: string) => workloads(decided(text)).find(({ metadata }) => metadata.name === 'mlflow-sign-in')!.spec.template.spec.containers[0]!.args!;
    expect(args(way(OIDC))).toContain('--cookie-secure=true');
    expect(args(`profile: local, ingress: {hosts: [a.b]}, access: ${OIDC}`)).toContain('--cookie-secure=false');
    expect(namesOf(`profile: local, ingress: {hosts: [a.b]}, access: ${OIDC}`)).not.toContain('PodDisruptionBudget/mlflow-sign-in');
  });
});

describe('behind a gateway', () => {
  const CLOUDFLARE = `{mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: ${'a'.repeat(64)}}`;
  const OIDC = '{mode: oidc, issuer: "https://login.example.com", clientId: mlflow}';
  const way = (access: string, more = '') => `${EXTERNAL}, gateway: {hosts: [a.b], tls: {provider: before-cluster}}, access: ${access}${more}`;
  const both = way(CLOUDFLARE, `, internal: {hosts: [c.d], tls: {provider: before-cluster}, access: ${OIDC}}`);
  const services = (text: string) => decided(text).filter(({ kind }) => kind === 'HTTPRoute').map(({ metadata, spec }) =>
    [metadata.name, (spec as { rules: { backendRefs: { name: string; port: number }[] }[] }).rules.flatMap(({ backendRefs }) => backendRefs.map(({ name, port }) => `${name}:${port}`))]);
  const clients = (text: string, component: string) => allowedInto(decided(text), component).map((each) => each.replaceAll('gateway.envoyproxy.io/owning-', ''));
  const proxies = (namespace: string) => `pods gateway-name=mlflow, gateway-namespace=mlflow in namespace ${namespace}`;

  test('stands the same guard for each entrance as behind an Ingress, which verifies by name the server that it asks for keys', () => {
    expect(services(both)).toEqual([['mlflow-internal', ['mlflow-internal-sign-in:4180']], ['mlflow', ['mlflow-token-verifier:8080']]]);
    for (const { spec } of decided(both).filter(({ kind }) => kind === 'SecurityPolicy')) expect(Object.keys(spec as object).sort()).toEqual(['authorization', 'targetRefs']);
  });

  test('the guards take connections from the gateway\'s proxies, and the server from the guards', () => {
    for (const guard of ['token-verifier', 'internal-sign-in']) expect(clients(both, guard)).toEqual([proxies('envoy-gateway-system')]);
    expect(clients(both, 'tracking-server')).toEqual(['component token-verifier', 'component internal-sign-in']);
    expect(clients(way(OIDC, ', network: {ingressController: {namespace: edge}}'), 'sign-in')).toEqual([proxies('edge')]);
  });

  test('nobody stands where the server asks itself, or everybody may come', () => {
    expect(services(way('{mode: basic}'))).toEqual([['mlflow', ['mlflow:5000']]]);
    const half = `profile: local, gateway: {hosts: [a.b]}, access: {mode: none}, internal: {hosts: [c.d], access: ${OIDC}}`;
    expect(services(half)).toEqual([['mlflow-internal', ['mlflow-internal-sign-in:4180']], ['mlflow', ['mlflow:5000']]]);
    expect(clients(half, 'tracking-server')).toEqual(expect.arrayContaining(['component internal-sign-in', proxies('envoy-gateway-system')]));
  });

  test('a route leads to its guard before its policy lets everybody pass: an apply over an earlier platform, where the policy verified, opens nothing', () => {
    const names = namesOf(both);
    expect(names.indexOf('HTTPRoute/mlflow')).toBeLessThan(names.indexOf('SecurityPolicy/mlflow'));
  });

  test('transfers may pause as long as the gateway says', () => {
    const [configuration] = Object.values(find(decided(way(OIDC).replace('tls:', 'timeoutSeconds: 77, tls:')), 'ConfigMap', 'mlflow-sign-in').data as Labels);
    const { upstreamConfig: { upstreams } } = load(configuration!) as { upstreamConfig: { upstreams: { timeout?: string }[] } };
    expect(new Set(upstreams.map(({ timeout }) => timeout).filter(Boolean))).toEqual(new Set(['77s']));
  });
});
