import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import {
  BackendTrafficPolicy, ClientTrafficPolicy, ClientTrafficPolicySpecPathEscapedSlashesAction as EscapedSlashes, SecurityPolicy,
  SecurityPolicySpecAuthorizationDefaultAction as DefaultAction, type ClientTrafficPolicySpec,
} from '../../../imports/gateway.envoyproxy.io';
import {
  Gateway, GatewaySpecListenersAllowedRoutesNamespacesFrom, GatewaySpecListenersTlsMode, HttpRoute,
  HttpRouteSpecRulesFiltersRequestRedirectScheme as Scheme, HttpRouteSpecRulesFiltersRequestRedirectStatusCode as StatusCode,
  HttpRouteSpecRulesFiltersType, HttpRouteSpecRulesMatchesPathType as PathType, type GatewaySpecListeners, type HttpRouteSpecParentRefs,
} from '../../../imports/gateway.networking.k8s.io';
import type { Peer } from '../../kit/network/peer';
import { componentLabels } from '../../kit/workload/labels';
import { GATEWAY_NAMESPACE } from './controllers';
import { identityHeaders } from './identity-headers';

const NAME = 'mlflow';

/** Group of the Gateway API's kinds. */
export const GATEWAY_API = 'gateway.networking.k8s.io';

/** Seconds after which a connection to the server that nobody uses is closed: fewer than after which the server would (75). */
const IDLE = 60;

/** A host of the gateway. */
export interface GatewayHost {
  readonly host: string;
  /**
   * Secret of type kubernetes.io/tls.
   * @default - requests arrive without TLS
   */
  readonly tlsSecret?: string;
  /**
   * Whether TLS ends before the cluster.
   * @default false
   */
  readonly tlsBefore?: boolean;
}

export interface AccessGatewayProps {
  /** GatewayClass, of Envoy Gateway. */
  readonly className: string;
  readonly hosts: readonly GatewayHost[];
  /** Seconds that an upload or download may pause. */
  readonly timeoutSeconds: number;
  /** Number of proxies. */
  readonly replicas: number;
}

/**
 * The platform's own Gateway, and what holds for all that passes it: nobody is let in but by a route that says who, identity headers
 * from outside are removed, transfers may take any time, routes of other namespaces cannot join, and http leads to https.
 *
 * @see https://gateway.envoyproxy.io/docs/api/extension_types/
 */
export class AccessGateway extends Construct {
  static readonly COMPONENT = 'gateway';

  private readonly resource: Gateway;
  private readonly hosts: readonly GatewayHost[];
  private readonly clientSettings: Pick<ClientTrafficPolicySpec, 'headers' | 'path' | 'timeout'>;

  constructor(scope: Construct, id: string, { className, hosts, timeoutSeconds, replicas }: AccessGatewayProps) {
    super(scope, id);
    this.hosts = hosts;
    this.clientSettings = {
      headers: { earlyRequestHeaders: { remove: [...identityHeaders] } },
      path: { escapedSlashesAction: EscapedSlashes.KEEP_UNCHANGED }, // names that hold a slash are sent so, and no client expects a redirect
      timeout: { http: { streamIdleTimeout: `${timeoutSeconds}s` } },
    };
    const metadata = { name: NAME, labels: componentLabels(this, AccessGateway.COMPONENT) };
    const proxies = this.proxies(replicas);
    this.resource = new Gateway(this, 'Resource', {
      metadata,
      spec: {
        gatewayClassName: className,
        infrastructure: { parametersRef: { group: 'gateway.envoyproxy.io', kind: proxies.kind, name: proxies.name } },
        listeners: hosts.flatMap(listeners),
      },
    });
    const targetRef = { group: GATEWAY_API, kind: 'Gateway', name: NAME };
    // A route's own policy stands instead of it. Without one, by mistake or for the moment, nobody is let in.
    new SecurityPolicy(this, 'Nobody', {
      metadata: { ...metadata, name: `${NAME}-nobody` },
      spec: { targetRefs: [targetRef], authorization: { defaultAction: DefaultAction.DENY } },
    });
    new ClientTrafficPolicy(this, 'Clients', {
      metadata,
      spec: { targetRefs: [targetRef], ...this.clientSettings },
    });
    this.trustWhoEndsTls(hosts.filter(({ tlsSecret, tlsBefore }) => tlsBefore && tlsSecret === undefined));
    new BackendTrafficPolicy(this, 'Servers', {
      metadata,
      spec: {
        targetRefs: [targetRef],
        timeout: { http: { connectionIdleTimeout: `${IDLE}s`, requestTimeout: '0s', streamIdleTimeout: `${timeoutSeconds}s` } },
      },
    });
    this.redirectToTls(hosts.filter(({ tlsSecret }) => tlsSecret !== undefined));
  }

  /** The proxies' pods, for network policies. */
  get peer(): Peer {
    return {
      namespace: GATEWAY_NAMESPACE,
      podLabels: {
        'gateway.envoyproxy.io/owning-gateway-name': NAME,
        'gateway.envoyproxy.io/owning-gateway-namespace': this.resource.metadata.namespace!,
      },
    };
  }

  /** Where a route for one of the hosts joins. */
  parentOf(host: string): HttpRouteSpecParentRefs {
    return parent(this.section(host));
  }

  private section(host: string): string {
    const { tlsSecret } = this.hosts.find((each) => each.host === host)!;
    return listenerName(host, tlsSecret ? 'https' : 'http');
  }

  /** By hand, because the type of this one kind is larger than the rest of the program. */
  private proxies(replicas: number): ApiObject {
    return new ApiObject(this, 'Proxies', {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'EnvoyProxy',
      metadata: { name: NAME, labels: componentLabels(this, AccessGateway.COMPONENT) },
      spec: {
        mergeType: 'StrategicMerge', // over what the cluster's administrators set for all gateways, such as a registry of their own
        provider: {
          type: 'Kubernetes',
          kubernetes: {
            envoyDeployment: { replicas },
            ...(replicas > 1 ? { envoyPDB: { maxUnavailable: 1 } } : {}),
          },
        },
      },
    });
  }

  /**
   * Whoever ends TLS before the gateway says in X-Forwarded-Proto that it was asked by https: what people are led back to after they signed
   * in, and what makes the server send Strict-Transport-Security. A policy of a listener stands instead of the gateway's.
   */
  private trustWhoEndsTls(hosts: readonly GatewayHost[]): void {
    if (!hosts.length) return;
    new ClientTrafficPolicy(this, 'ClientsOfTls', {
      metadata: { name: `${NAME}-before-cluster`, labels: componentLabels(this, AccessGateway.COMPONENT) },
      spec: {
        targetRefs: hosts.map(({ host }) => parent(this.section(host))),
        clientIpDetection: { xForwardedFor: { numTrustedHops: 1 } },
        ...this.clientSettings,
      },
    });
  }

  private redirectToTls(hosts: readonly GatewayHost[]): void {
    if (!hosts.length) return;
    const metadata = { name: `${NAME}-redirect`, labels: componentLabels(this, AccessGateway.COMPONENT) };
    new SecurityPolicy(this, 'RedirectForAll', {
      metadata,
      spec: {
        targetRefs: [{ group: GATEWAY_API, kind: 'HTTPRoute', name: metadata.name }],
        authorization: { defaultAction: DefaultAction.ALLOW },
      },
    });
    new HttpRoute(this, 'Redirect', {
      metadata,
      spec: {
        parentRefs: hosts.map(({ host }) => parent(listenerName(host, 'http'))),
        hostnames: hosts.map(({ host }) => host),
        rules: [{
          matches: [{ path: { type: PathType.PATH_PREFIX, value: '/' } }],
          filters: [{
            type: HttpRouteSpecRulesFiltersType.REQUEST_REDIRECT,
            requestRedirect: { scheme: Scheme.HTTPS, statusCode: StatusCode.VALUE_301 },
          }],
        }],
      },
    });
  }
}

/** One for http, and one for https where there is a certificate. */
function listeners({ host, tlsSecret }: GatewayHost): GatewaySpecListeners[] {
  const allowedRoutes = { namespaces: { from: GatewaySpecListenersAllowedRoutesNamespacesFrom.SAME } };
  const http = { name: listenerName(host, 'http'), hostname: host, protocol: 'HTTP', port: 80, allowedRoutes };
  if (tlsSecret === undefined) return [http];
  const tls = { mode: GatewaySpecListenersTlsMode.TERMINATE, certificateRefs: [{ group: '', kind: 'Secret', name: tlsSecret }] };
  return [http, { ...http, name: listenerName(host, 'https'), protocol: 'HTTPS', port: 443, tls }];
}

/** A listener a host, because each may have a certificate of its own. */
function listenerName(host: string, scheme: 'http' | 'https'): string {
  return `${scheme}.${host}`;
}

function parent(sectionName: string) {
  return { group: GATEWAY_API, kind: 'Gateway', name: NAME, sectionName };
}
