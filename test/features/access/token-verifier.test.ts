import { load } from 'js-yaml';
import { credentialHeaders, identityHeaders } from '../../../lib/features/access/identity-headers';
import { servedPaths } from '../../../lib/features/access/served-paths';
import { TokenVerifier, type TokenVerifierProps } from '../../../lib/features/access/token-verifier';
import { openPorts, withPolicies } from '../../peers';
import { objectsOf, testChart, workload } from '../../testing';
import { weaknesses } from '../../weaknesses';

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
  ...least, component: 'internal-token-verifier', timeoutSeconds: 30, spread: 'soft', disruptionBudget: { maxUnavailable: 1 },
};

interface Route { readonly match: { readonly path?: string }; readonly route?: object }
interface Manager {
  readonly http_filters: readonly { readonly name: string; readonly typed_config: Record<string, unknown> }[];
  readonly route_config: { readonly virtual_hosts: readonly [{ readonly routes: readonly Route[] }] };
}
interface Configuration {
  readonly admin?: object;
  readonly static_resources: {
    readonly listeners: readonly {
      readonly name: string;
      readonly address: { readonly socket_address: { readonly address: string; readonly port_value: number } };
      readonly filter_chains: readonly [{ readonly filters: readonly [{ readonly typed_config: Manager }] }];
    }[];
    readonly clusters: readonly object[];
  };
}

const objects = (props: TokenVerifierProps) => objectsOf(new TokenVerifier(testChart(), 'Test', props));
const pod = (props: TokenVerifierProps) => workload(objects(props), 'Deployment').spec.template.spec;
const argument = (props: TokenVerifierProps, flag: string) => pod(props).containers[0]!.args![pod(props).containers[0]!.args!.indexOf(flag) + 1]!;
const configuration = (props: TokenVerifierProps) => load(argument(props, '--config-yaml')) as Configuration;
const manager = (name: string, props = least) =>
  configuration(props).static_resources.listeners.find((listener) => listener.name === name)!.filter_chains[0].filters[0].typed_config;
/** The names of all fields, however deep. */
const keysIn = (value: unknown): string[] => typeof value === 'object' && value !== null
  ? Object.entries(value).flatMap(([key, inner]) => [key, ...keysIn(inner)]) : [];
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
  const opening = ['bypass_cors_preflight', 'allow_missing', 'allow_missing_or_failed', 'requires_any', 'from_params', 'from_cookies', 'forward'];
  expect(keysIn(verifying).filter((key) => opening.includes(key))).toEqual([]);
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

test('it leads to the served paths and to no other, without a limit except for pauses', () => {
  const [{ routes: [elsewhere, ...routes] }] = manager('requests', all).route_config.virtual_hosts;
  expect(elsewhere).toMatchObject({ direct_response: { status: 400 } });
  expect(routes.map(({ match }) => match)).toEqual(servedPaths.map(({ path, match }) => match === 'Exact' ? { path } : { path_separated_prefix: path }));
  for (const { route } of routes) expect(route).toEqual({ cluster: 'tracking-server', timeout: '0s', idle_timeout: '30s' });
  expect(manager('requests', all)).toMatchObject({ stream_idle_timeout: '30s' });
});

test('paths are compared as the server reads them, and encoded slashes are left as they are', () => {
  expect(manager('requests')).toMatchObject({ normalize_path: true, merge_slashes: true, path_with_escaped_slashes_action: 'KEEP_UNCHANGED' });
});

test('a connection is held by neither slow headers nor a refusal', () => {
  expect(manager('requests')).toMatchObject({ request_headers_timeout: '10s', delayed_close_timeout: '0.1s' });
});

test('the keys\' host is asked before a new pod takes part, by the way that the keys come', () => {
  expect(pod(least).containers[0]).toMatchObject({ startupProbe: { httpGet: { path: '/started', port: 8081 } }, readinessProbe: { httpGet: { path: '/ready', port: 8081 } } });
  const route = manager('probes').route_config.virtual_hosts[0].routes.find(({ match }) => match.path === '/started');
  expect(route).toMatchObject({ route: { cluster: 'keys', prefix_rewrite: '/cdn-cgi/access/certs', host_rewrite_literal: 'example.cloudflareaccess.com' } });
});

test('it listens on the pod\'s own address, of whatever family', () => {
  expect(pod(least).containers[0]!.env).toMatchObject([{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }]);
  expect(configuration(least).static_resources.listeners.map(({ address }) => address.socket_address.address)).toEqual(['$(POD_IP)', '$(POD_IP)']);
  expect(argument(least, '--config-yaml').match(/\$/g)).toHaveLength(2); // Kubernetes takes any other for a variable, too
});

test('nobody says to the server who somebody is', () => {
  expect(manager('requests').route_config.virtual_hosts[0]).toMatchObject({ request_headers_to_remove: [...identityHeaders, ...credentialHeaders] });
});

test('the probes lead to nothing but the keys, by a port that nobody outside the node may connect to; there is no administration interface', () => {
  expect(configuration(least)).not.toHaveProperty('admin');
  expect(configuration(least).static_resources.listeners.map(({ name, address }) => [name, address.socket_address.port_value]))
    .toEqual([['requests', 8080], ['probes', 8081]]);
  const leading = manager('probes').route_config.virtual_hosts[0].routes.filter(({ route }) => route);
  expect(leading.map(({ match }) => match)).toEqual([{ path: '/started' }]);
  expect(openPorts(withPolicies(new TokenVerifier(testChart(), 'Test', least)), 'token-verifier')).toEqual([8080]);
});

test('it waits before it ends, shorter than the pod is given', () => {
  const { containers: [container], terminationGracePeriodSeconds } = pod(least);
  expect(container).toMatchObject({ lifecycle: { preStop: { httpGet: { path: '/stop', port: 8081 } } } });
  const stop = manager('probes').route_config.virtual_hosts[0].routes.find(({ match }) => match.path === '/stop');
  expect(stop).toMatchObject({ typed_per_filter_config: { 'envoy.filters.http.fault': { delay: { fixed_delay: '50s' } } } });
  expect(terminationGracePeriodSeconds).toBeGreaterThan(50);
});

test('the pod is hardened', () => {
  expect(weaknesses(pod(all))).toEqual([]);
});
