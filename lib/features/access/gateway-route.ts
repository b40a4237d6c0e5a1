import type { Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { SecurityPolicy, SecurityPolicySpecAuthorizationDefaultAction as DefaultAction } from '../../../imports/gateway.envoyproxy.io';
import { HttpRoute, HttpRouteSpecRulesFiltersType, HttpRouteSpecRulesMatchesPathType } from '../../../imports/gateway.networking.k8s.io';
import { componentLabels } from '../../kit/workload/labels';
import { AccessGateway, GATEWAY_API } from './access-gateway';
import { credentialHeaders } from './identity-headers';
import type { ServedPath } from './served-paths';

const PATH_TYPES = { Exact: HttpRouteSpecRulesMatchesPathType.EXACT, Prefix: HttpRouteSpecRulesMatchesPathType.PATH_PREFIX };

export interface GatewayRouteProps {
  readonly name: string;
  readonly gateway: AccessGateway;
  readonly hosts: readonly string[];
  /** Service to lead to: a guard, or the tracking server where it asks itself or everybody may come. */
  readonly service: Service;
  /** The paths that the Service has; no others lead to it. */
  readonly paths: readonly ServedPath[];
  /** Whether somebody behind the gateway asks who somebody is, and needs passwords, tokens and cookies for that. */
  readonly asksBehind: boolean;
}

/** The way of some hosts' requests through the gateway. The Service that it leads to asks who somebody is; the gateway asks nobody. */
export class GatewayRoute extends Construct {
  constructor(scope: Construct, id: string, { name, gateway, hosts, service, paths, asksBehind }: GatewayRouteProps) {
    super(scope, id);
    const metadata = { name, labels: componentLabels(this, AccessGateway.COMPONENT) };
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
          matches: paths.map(({ path, match }) => ({ path: { type: PATH_TYPES[match], value: path } })),
          filters: asksBehind ? undefined : [withoutCredentials],
          backendRefs: [{ group: '', kind: 'Service', name: service.name, port: service.port, weight: 1 }],
        }],
      },
    });
    // Instead of the Gateway's own policy, which lets nobody in.
    new SecurityPolicy(this, 'Everybody', {
      metadata,
      spec: { targetRefs: [{ group: GATEWAY_API, kind: 'HTTPRoute', name }], authorization: { defaultAction: DefaultAction.ALLOW } },
    });
  }
}
