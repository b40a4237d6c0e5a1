import { load } from 'js-yaml';
import { credentialHeaders, identityHeaders } from '../../lib/access/identity-headers';
import { servedPaths } from '../../lib/access/served-paths';
import { TokenVerifier, type TokenVerifierProps } from '../../lib/access/token-verifier';
import { dns, find, objectsOf, testChart, weaknesses, workload } from '../testing';

const least: TokenVerifierProps = {
  component: 'token-verifier',
  server: { podLabels: { app: 'server' }, host: 'mlflow.mlflow.svc.cluster.local', port: 5000 },
  clients: [{ namespace: 'ingress-nginx' }],
  timeoutSeconds: 600,
  clusterDomain: 'cluster.local',
  teamDomain: 'example.cloudflareaccess.com',
  audience: 'a'.repeat(64),
};

const all: Required<TokenVerifierProps> = {
  ...least, component: 'internal-token-verifier', timeoutSeconds: 30, spread: 'soft', disruptionBudget: { maxUnavailable: 1 }, dns,
};

interface Manager {
  readonly http_filters: readonly { readonly name: string; readonly typed_config: Record<string, unknown> }[];
  readonly route_config: { readonly virtual_hosts: readonly [{ readonly routes: readonly { readonly match: object; readonly route: object }[] }] };
}
interface Configuration {
  readonly admin?: object;
  readonly static_resources: {
    readonly listeners: readonly {
      readonly name: string;
      readonly address: { readonly socket_address: { readonly port_value: number } };
      readonly filter_chains: readonly [{ readonly filters: readonly [{ readonly typed_config: Manager }] }];
    }[];
    readonly clusters: readonly object[];
  };
}

const objects = (props: TokenVerifierProps) => objectsOf(new TokenVerifier(testChart(), 'Test', props));
const pod = (props: TokenVerifierProps) => workload(objects(props), 'Deployment').spec.template.spec;
const text = (props: TokenVerifierProps) => (find(objects(props), 'ConfigMap').data as Record<string, string>)['envoy.yaml']!;
const configuration = (props: TokenVerifierProps) => load(text(props)) as Configuration;
const manager = (name: string, props = least) =>
  configuration(props).static_resources.listeners.find((listener) => listener.name === name)!.filter_chains[0].filters[0].typed_config;
const [verifying] = manager('requests').http_filters;

test('every request must have a token of the team for the application, in Cloudflare\'s header and nowhere else', () => {
  expect(verifying).toMatchObject({
    name: 'envoy.filters.http.jwt_authn',
    typed_config: {
      providers: {
        cloudflare: {
          issuer: 'https://example.cloudflareaccess.com', audiences: ['a'.repeat(64)], require_expiration: true,
          from_headers: [{ name: 'Cf-Access-Jwt-Assertion' }],
          remote_jwks: { http_uri: { uri: 'https://example.cloudflareaccess.com/cdn-cgi/access/certs' } },
        },
      },
      rules: [{ match: { prefix: '/' }, requires: { provider_name: 'cloudflare' } }],
    },
  });
  expect(JSON.stringify(verifying)).not.toMatch(/bypass_cors_preflight|allow_missing|requires_any|from_params|from_cookies|"forward":true/);
});

test('Cloudflare itself is known by its certificate', () => {
  expect(configuration(least).static_resources.clusters).toContainEqual(expect.objectContaining({
    name: 'keys',
    transport_socket: expect.objectContaining({
      typed_config: expect.objectContaining({
        sni: 'example.cloudflareaccess.com',
        common_tls_context: {
          validation_context: {
            trusted_ca: { filename: '/etc/ssl/certs/ca-certificates.crt' },
            match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'example.cloudflareaccess.com' } }],
          },
        },
      }) as unknown,
    }) as unknown,
  }));
});

test('it leads to the served paths and to no other, without a limit but for pauses', () => {
  const [{ routes }] = manager('requests', all).route_config.virtual_hosts;
  expect(routes.map(({ match }) => match)).toEqual(servedPaths.map(({ path, match }) => match === 'Exact' ? { path } : { path_separated_prefix: path }));
  for (const { route } of routes) expect(route).toEqual({ cluster: 'tracking-server', timeout: '0s', idle_timeout: '30s' });
  expect(manager('requests', all)).toMatchObject({ stream_idle_timeout: '30s' });
});

test('paths are compared as the server reads them', () => {
  expect(manager('requests')).toMatchObject({ normalize_path: true, merge_slashes: true, path_with_escaped_slashes_action: 'REJECT_REQUEST' });
});

test('nobody says to the server who somebody is', () => {
  expect(manager('requests').route_config.virtual_hosts[0]).toMatchObject({ request_headers_to_remove: [...identityHeaders, ...credentialHeaders] });
});

test('the probes lead nowhere, by a port that nobody outside the node may connect to; there is no administration interface', () => {
  expect(configuration(least)).not.toHaveProperty('admin');
  expect(configuration(least).static_resources.listeners.map(({ name, address }) => [name, address.socket_address.port_value]))
    .toEqual([['requests', 8080], ['probes', 8081]]);
  for (const route of manager('probes').route_config.virtual_hosts[0].routes) expect(Object.keys(route)).toEqual(expect.not.arrayContaining(['route']));
  expect(JSON.stringify((find(objects(least), 'NetworkPolicy').spec as { ingress: object }).ingress)).not.toContain('8081');
});

test('it waits before it ends, shorter than the pod is given', () => {
  const { containers: [container], terminationGracePeriodSeconds } = pod(least);
  expect(container).toMatchObject({ lifecycle: { preStop: { httpGet: { path: '/stop', port: 8081 } } } });
  expect(JSON.stringify(manager('probes'))).toContain('"fixed_delay":"50s"');
  expect(terminationGracePeriodSeconds).toBeGreaterThan(50);
});

test('the pod is hardened, and replaced when its configuration changed', () => {
  expect(weaknesses(pod(all))).toEqual([]);
  const inputs = (props: TokenVerifierProps) => workload(objects(props), 'Deployment').spec.template.metadata.annotations!['checksum/inputs'];
  expect(inputs(all)).not.toBe(inputs(least));
});
