import { k8s, type Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Connection } from '../../kit/network/connection';
import { destinationOf } from '../../kit/network/peer';
import { images } from '../../versions';
import { Guard, POD_IP, STOP, type GuardedService, type GuardSurroundings } from './guard';
import { servedPaths } from './served-paths';
import { tokenVerifierConfiguration } from './token-verifier-configuration';

const PORT = 8080;
const PROBE_PORT = 8081;

export interface TokenVerifierProps extends GuardSurroundings {
  /** The team's domain: <team>.cloudflareaccess.com. */
  readonly teamDomain: string;
  /** Audience (AUD) tag of the Access application. */
  readonly audience: string;
}

/**
 * Lets in those who Cloudflare Access has signed in, by the token that Cloudflare adds to every request: an Envoy, because oauth2-proxy reads
 * tokens from no other header than Authorization.
 *
 * @see https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/validating-json/
 */
export class TokenVerifier extends Construct implements GuardedService {
  readonly service: Service;
  readonly components: readonly string[];
  readonly connections: readonly Connection[];
  readonly paths = servedPaths;

  constructor(scope: Construct, id: string, props: TokenVerifierProps) {
    super(scope, id);
    const { server, timeoutSeconds, teamDomain, audience, clusterDomain } = props;
    const settings = { address: `$(${POD_IP})`, port: PORT, probePort: PROBE_PORT, stopSeconds: STOP, server, timeoutSeconds, teamDomain, audience };
    const port = k8s.IntOrString.fromNumber(PROBE_PORT);
    const guard = new Guard(this, 'Guard', {
      ...props,
      image: images.envoy,
      port: PORT,
      authority: destinationOf({ host: teamDomain, port: 443, clusterDomain }),
      container: {
        // The configuration is an argument, not a file, because Kubernetes puts the pod's address into arguments.
        // As many threads as it may use cores, not as the node has; no file for a successor on the same host.
        args: ['--config-yaml', tokenVerifierConfiguration(settings), '--concurrency', '1', '--disable-hot-restart'],
        // A new pod without keys would let nobody in, and must not take the place of an old one. Later the keys that it has stay good.
        startupProbe: { httpGet: { path: '/started', port }, periodSeconds: 5, timeoutSeconds: 10, failureThreshold: 120 },
        readinessProbe: { httpGet: { path: '/ready', port }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
        livenessProbe: { httpGet: { path: '/live', port }, periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
        lifecycle: { preStop: { httpGet: { path: '/stop', port } } },
      },
    });
    this.service = guard.service;
    this.components = guard.components;
    this.connections = guard.connections;
  }
}
