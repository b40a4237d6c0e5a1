import type { Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { SecurityPolicy, type SecurityPolicySpec } from '../../imports/gateway.envoyproxy.io';
import { HttpRoute, HttpRouteSpecRulesFiltersType, HttpRouteSpecRulesMatchesPathType } from '../../imports/gateway.networking.k8s.io';
import { componentLabels } from '../workload/labels';
import { AccessGateway, GATEWAY_API } from './access-gateway';
import { credentialHeaders } from './identity-headers';
import { servedPaths } from './served-paths';

const PATH_TYPES = { Exact: HttpRouteSpecRulesMatchesPathType.EXACT, Prefix: HttpRouteSpecRulesMatchesPathType.PATH_PREFIX };

/** Who is let in, as a SecurityPolicy says it, and what goes with it. */
export interface RouteAccess {
  readonly policy: Omit<SecurityPolicySpec, 'targetRefs' | 'targetRef' | 'targetSelectors' | 'mergeType'>;
  /** Paths that the gateway itself answers. */
  readonly paths: readonly string[];
  /** Whether the server needs the credentials itself. */
  readonly forwardsCredentials: boolean;
}

export interface GatewayRouteProps {
  readonly name: string;
  readonly gateway: AccessGateway;
  readonly hosts: readonly string[];
  /** Service to lead to. */
  readonly service: Service;
  readonly access: RouteAccess;
}

/** The way of some hosts' requests through the gateway to the server, and who is let in by it. */
export class GatewayRoute extends Construct {
  constructor(scope: Construct, id: string, { name, gateway, hosts, service, access }: GatewayRouteProps) {
    super(scope, id);
    const metadata = { name, labels: componentLabels(this, AccessGateway.COMPONENT) };
    const matches = [...servedPaths, ...access.paths.map((path) => ({ path, match: 'Exact' as const }))]
      .map(({ path, match }) => ({ path: { type: PATH_TYPES[match], value: path } }));
    const withoutCredentials = {
      type: HttpRouteSpecRulesFiltersType.REQUEST_HEADER_MODIFIER,
      requestHeaderModifier: { remove: [...credentialHeaders] },
    };
    new HttpRoute(this, 'Resource', {
      metadata,
      spec: {
        parentRefs: hosts.map((host) => gateway.parentOf(host)),
        hostnames: [...hosts],
        rules: [{
          matches,
          filters: access.forwardsCredentials ? undefined : [withoutCredentials],
          backendRefs: [{ group: '', kind: 'Service', name: service.name, port: service.port, weight: 1 }],
        }],
      },
    });
    new SecurityPolicy(this, 'Access', {
      metadata,
      spec: { targetRefs: [{ group: GATEWAY_API, kind: 'HTTPRoute', name }], ...access.policy },
    });
  }
}
