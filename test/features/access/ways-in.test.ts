import { decided, EXTERNAL, namesOf } from '../../decided';
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
  const clients = (text: string) => JSON.stringify((find(decided(text), 'NetworkPolicy', 'mlflow-tracking-server').spec as { ingress?: object }).ingress ?? null);

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
    expect(clients(way(OIDC))).toMatch(/^(?!.*ingress-nginx).*"sign-in"/);
    expect(clients(`${way(CLOUDFLARE)}, internal: {hosts: [c.d], tls: {provider: before-cluster}}`)).toMatch(/^(?!.*ingress-nginx).*"token-verifier".*"internal-token-verifier"/);
    const named = `${way(OIDC)}, network: {ingressController: {namespace: edge}, clients: [{namespace: training}]}`;
    expect(clients(named)).toMatch(/^(?!.*"edge").*"training".*"sign-in"/);
    expect(JSON.stringify(find(decided(named), 'NetworkPolicy', 'mlflow-sign-in').spec)).toContain('"edge"');
    expect(JSON.stringify(find(decided(way(OIDC).replace('tls:', 'controller: traefik, tls:')), 'NetworkPolicy', 'mlflow-sign-in').spec)).toContain('"traefik"');
  });

  test('the controllers of k3s, RKE2 and MicroK8s are let in without a word, and no other pods of their namespaces', () => {
    interface Policy { ingress: { from: { namespaceSelector: { matchLabels: Labels }; podSelector: { matchLabels?: Labels } }[] }[] }
    const policy = (controller: string) => find(decided(way(OIDC).replace('tls:', `controller: ${controller}, tls:`)), 'NetworkPolicy', 'mlflow-sign-in');
    const from = (controller: string) => (policy(controller).spec as Policy).ingress.flatMap((rule) => rule.from)
      .map(({ namespaceSelector, podSelector }) => [Object.values(namespaceSelector.matchLabels)[0], podSelector.matchLabels]);
    expect(from('traefik')).toEqual([
      ['traefik', undefined], ['kube-system', { 'app.kubernetes.io/name': 'traefik' }], ['ingress', { 'app.kubernetes.io/name': 'traefik' }],
    ]);
    expect(from('nginx')).toEqual([
      ['ingress-nginx', undefined], ['kube-system', { 'app.kubernetes.io/name': 'rke2-ingress-nginx' }], ['ingress', { name: 'nginx-ingress-microk8s' }],
      ['ingress', { 'app.kubernetes.io/name': 'traefik' }],
    ]);
  });

  test('nobody stands where MLflow knows its users itself, or everybody may come', () => {
    const basic = way('{mode: basic}');
    expect(services(basic, 'mlflow')).toEqual(['mlflow:5000']);
    expect(clients(basic)).toContain('"ingress-nginx"');
    const half = `profile: local, ingress: {hosts: [a.b]}, access: {mode: none}, internal: {hosts: [c.d], access: ${OIDC}}`;
    expect(services(half, 'mlflow')).toEqual(['mlflow:5000']);
    expect(clients(half)).toMatch(/"internal-sign-in".*"ingress-nginx"/);
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
  const clients = (text: string, component: string) => JSON.stringify((find(decided(text), 'NetworkPolicy', `mlflow-${component}`).spec as { ingress?: object }).ingress);

  test('stands the same guard for each entrance as behind an Ingress, which verifies by name the server that it asks for keys', () => {
    expect(services(both)).toEqual([['mlflow-internal', ['mlflow-internal-sign-in:4180']], ['mlflow', ['mlflow-token-verifier:8080']]]);
    expect(JSON.stringify(decided(both).filter(({ kind }) => kind === 'SecurityPolicy'))).not.toMatch(/jwt|oidc/);
  });

  test('the guards take connections from the gateway\'s proxies, and the server from the guards', () => {
    for (const guard of ['token-verifier', 'internal-sign-in']) expect(clients(both, guard)).toMatch(/"envoy-gateway-system".*"gateway.envoyproxy.io\/owning-gateway-name":"mlflow"/);
    expect(clients(both, 'tracking-server')).toMatch(/^(?!.*envoy-gateway-system).*"token-verifier".*"internal-sign-in"/);
    expect(clients(way(OIDC, ', network: {ingressController: {namespace: edge}}'), 'sign-in')).toMatch(/^(?!.*envoy-gateway-system).*"edge".*owning-gateway-name/);
  });

  test('nobody stands where the server asks itself, or everybody may come', () => {
    expect(services(way('{mode: basic}'))).toEqual([['mlflow', ['mlflow:5000']]]);
    const half = `profile: local, gateway: {hosts: [a.b]}, access: {mode: none}, internal: {hosts: [c.d], access: ${OIDC}}`;
    expect(services(half)).toEqual([['mlflow-internal', ['mlflow-internal-sign-in:4180']], ['mlflow', ['mlflow:5000']]]);
    expect(clients(half, 'tracking-server')).toMatch(/"internal-sign-in".*"envoy-gateway-system"/);
  });

  test('a route leads to its guard before its policy lets everybody pass: an apply over an earlier platform, where the policy verified, opens nothing', () => {
    const names = namesOf(both);
    expect(names.indexOf('HTTPRoute/mlflow')).toBeLessThan(names.indexOf('SecurityPolicy/mlflow'));
  });

  test('transfers may pause as long as the gateway says', () => {
    expect(JSON.stringify(find(decided(way(OIDC).replace('tls:', 'timeoutSeconds: 77, tls:')), 'ConfigMap', 'mlflow-sign-in').data)).toContain('timeout: \\"77s');
  });
});
