import { dump } from 'js-yaml';
import { accessTeam, TOKEN_HEADER } from './cloudflare-access';
import { credentialHeaders, identityHeaders } from './identity-headers';
import { servedPaths } from './served-paths';

export interface TokenVerifierConfigurationProps {
  /** Address to listen on. */
  readonly address: string;
  /** Port for requests. */
  readonly port: number;
  /** Port for what the pod's own node asks. */
  readonly probePort: number;
  /** Seconds that an answer at /stop takes. */
  readonly stopSeconds: number;
  /** The tracking server's Service. */
  readonly server: { readonly host: string; readonly port: number };
  readonly timeoutSeconds: number;
  /** The team's domain: who signs the tokens, and where the keys are. */
  readonly teamDomain: string;
  /** The audience that the tokens must be meant for. */
  readonly audience: string;
}

/** A message of Envoy's API that stands where any may. */
type Extension = { readonly '@type': string } & Record<string, unknown>;

/** What Envoy keeps of each connection, in each direction, while the other side is slower; and how many it takes, to have memory for that. */
const BUFFER = 64 * 1024;
const CONNECTIONS = 1000;

/**
 * Envoy's configuration, all of it: no administration interface, nothing to be fetched but Cloudflare's keys.
 *
 * @see https://www.envoyproxy.io/docs/envoy/v1.39.6/api-v3/bootstrap/bootstrap
 */
export function tokenVerifierConfiguration(props: TokenVerifierConfigurationProps): string {
  return dump({
    static_resources: {
      listeners: [
        listener('requests', props.address, props.port, requests(props)),
        { ...listener('probes', props.address, props.probePort, probes(props)), ignore_global_conn_limit: true },
      ],
      clusters: [tracking(props), keys(props)],
    },
    overload_manager: {
      resource_monitors: [{
        name: 'envoy.resource_monitors.global_downstream_max_connections',
        typed_config: extension('resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig', { max_active_downstream_connections: CONNECTIONS }),
      }],
    },
  }, { lineWidth: -1, noRefs: true, forceQuotes: true, quoteStyle: 'double' });
}

function listener(name: string, address: string, port: number, manager: object): object {
  return {
    name,
    address: { socket_address: { address, port_value: port } },
    per_connection_buffer_limit_bytes: BUFFER,
    filter_chains: [{
      filters: [{
        name: 'envoy.filters.network.http_connection_manager',
        typed_config: extension('filters.network.http_connection_manager.v3.HttpConnectionManager', { stat_prefix: name, codec_type: 'HTTP1', ...manager }),
      }],
    }],
  };
}

/** What comes from outside: every request without a good token ends here, whatever its method and path, and a good one sees the served paths only. */
function requests({ timeoutSeconds, teamDomain, audience }: TokenVerifierConfigurationProps): object {
  const { issuer, keysPath } = accessTeam(teamDomain);
  return {
    // Paths are compared as the server will read them, except for encoded slashes, which MLflow's clients send in names: see ELSEWHERE.
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
    common_http_protocol_options: { headers_with_underscores_action: 'DROP_HEADER' }, // to many servers X_Remote_User is X-Remote-User
    stream_idle_timeout: `${timeoutSeconds}s`,
    // Connections are counted: whoever sends headers slowly, or has been refused, should not hold one for long.
    request_headers_timeout: '10s',
    delayed_close_timeout: '0.1s',
    access_log: [{ name: 'envoy.access_loggers.stdout', typed_config: extension('access_loggers.stream.v3.StdoutAccessLog', { log_format: { json_format: LOG } }) }],
    http_filters: [
      {
        name: 'envoy.filters.http.jwt_authn',
        typed_config: extension('filters.http.jwt_authn.v3.JwtAuthentication', {
          providers: {
            cloudflare: {
              issuer,
              audiences: [audience],
              require_expiration: true,
              from_headers: [{ name: TOKEN_HEADER }],
              payload_in_metadata: 'token',
              remote_jwks: {
                http_uri: { uri: `${issuer}${keysPath}`, cluster: 'keys', timeout: '5s' },
                cache_duration: '300s', // Cloudflare signs with a new key while the old one is still good for days
                async_fetch: {}, // before the first request, not by it
                retry_policy: { num_retries: 3 },
              },
            },
          },
          rules: [{ match: { prefix: '/' }, requires: { provider_name: 'cloudflare' } }],
        }),
      },
      router(),
    ],
    route_config: {
      virtual_hosts: [{
        name: 'tracking-server',
        domains: ['*'],
        request_headers_to_remove: [...identityHeaders, ...credentialHeaders],
        routes: [
          { match: { safe_regex: { regex: ELSEWHERE } }, direct_response: { status: 400 } },
          ...servedPaths.map(({ path, match }) => ({
            match: match === 'Exact' ? { path } : { path_separated_prefix: path },
            route: { cluster: 'tracking-server', timeout: '0s', idle_timeout: `${timeoutSeconds}s` }, // however long, unless it pauses
          })),
        ],
      }],
    },
  };
}

/**
 * A path that means another once its encoded slashes are decoded, as /api/..%2Fmetrics: "." and ".." next to one. Those between plain
 * slashes are resolved before, and encoded dots decoded. MLflow's server resolves none, but what is compared must be what is served.
 */
const ELSEWHERE = String.raw`(?is).*(/|%2f|%5c)\.\.?((/|%2f|%5c).*)?`;

/** Who did what. The query is left out: it may hold what is nobody's business. */
const LOG = {
  time: '%START_TIME%',
  method: '%REQ(:METHOD)%',
  host: '%REQ(:AUTHORITY)%',
  path: '%PATH(NQ)%',
  status: '%RESPONSE_CODE%',
  details: '%RESPONSE_CODE_DETAILS%',
  duration: '%DURATION%',
  received: '%BYTES_RECEIVED%',
  sent: '%BYTES_SENT%',
  client: '%REQ(X-FORWARDED-FOR)%',
  email: '%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:token:email)%',
  service: '%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:token:common_name)%', // a service token has no e-mail address
};

/** For the pod's own node, apart, so that no path is open to all: whether Envoy serves, whether it gets keys, and the wait before its end. */
function probes({ stopSeconds, teamDomain }: TokenVerifierConfigurationProps): object {
  const wait = { delay: { fixed_delay: `${stopSeconds}s`, percentage: { numerator: 100 } } };
  const answer = (path: string, filters: object = {}) => ({ match: { path }, direct_response: { status: 200 }, typed_per_filter_config: filters });
  return {
    access_log: [{
      name: 'envoy.access_loggers.stdout',
      filter: { status_code_filter: { comparison: { op: 'GE', value: { default_value: 400, runtime_key: 'none' } } } },
      typed_config: extension('access_loggers.stream.v3.StdoutAccessLog', { log_format: { json_format: LOG_OF_FAILED_PROBES } }),
    }],
    http_filters: [{ name: 'envoy.filters.http.fault', typed_config: extension('filters.http.fault.v3.HTTPFault', {}) }, router()],
    route_config: {
      virtual_hosts: [{
        name: 'probes',
        domains: ['*'],
        routes: [
          answer('/ready'),
          answer('/live'),
          // Envoy ends at once, whoever is still being served, and its image has no program that could wait.
          answer('/stop', { 'envoy.filters.http.fault': extension('filters.http.fault.v3.HTTPFault', wait) }),
          // The way that the keys come, so that what keeps them away keeps a new pod from taking the place of one that has them.
          {
            match: { path: '/started' },
            route: { cluster: 'keys', prefix_rewrite: accessTeam(teamDomain).keysPath, host_rewrite_literal: teamDomain, timeout: '5s' },
          },
        ],
      }],
    },
  };
}

/** Why a new pod gets no keys. */
const LOG_OF_FAILED_PROBES = {
  time: '%START_TIME%',
  keys: '%REQ(:AUTHORITY)%%PATH(NQ)%',
  address: '%UPSTREAM_HOST%',
  status: '%RESPONSE_CODE%',
  details: '%RESPONSE_CODE_DETAILS%',
};

function tracking({ server }: TokenVerifierConfigurationProps): object {
  return {
    ...cluster('tracking-server', 'STRICT_DNS', server.host, server.port),
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': extension('upstreams.http.v3.HttpProtocolOptions', {
        common_http_protocol_options: { idle_timeout: '60s' }, // shorter than the server's 75 s: whoever sends must be the one to close
        explicit_http_config: { http_protocol_options: {} },
      }),
    },
  };
}

function keys({ teamDomain }: TokenVerifierConfigurationProps): object {
  return {
    ...cluster('keys', 'LOGICAL_DNS', teamDomain, 443),
    transport_socket: {
      name: 'envoy.transport_sockets.tls',
      typed_config: extension('transport_sockets.tls.v3.UpstreamTlsContext', {
        sni: teamDomain,
        common_tls_context: {
          validation_context: {
            trusted_ca: { filename: '/etc/ssl/certs/ca-certificates.crt' },
            match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: teamDomain } }],
          },
        },
      }),
    },
  };
}

function cluster(name: string, type: 'STRICT_DNS' | 'LOGICAL_DNS', address: string, port: number): object {
  return {
    name,
    type,
    dns_lookup_family: 'ALL',
    connect_timeout: '5s',
    per_connection_buffer_limit_bytes: BUFFER,
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address, port_value: port } } } }] }],
    },
  };
}

function router(): object {
  return { name: 'envoy.filters.http.router', typed_config: extension('filters.http.router.v3.Router', { suppress_envoy_headers: true }) };
}

function extension(name: string, content: object): Extension {
  return { '@type': `type.googleapis.com/envoy.extensions.${name}`, ...content };
}
