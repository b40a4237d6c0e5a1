import type { k8s, Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { connectionsOf, type Connection, type Part } from '../../kit/network/connection';
import { componentPeer, type Destination, type Peer } from '../../kit/network/peer';
import { ComponentService } from '../../kit/workload/component-service';
import type { HardenedContainer } from '../../kit/workload/hardened-pod';
import { ReplicatedServer } from '../../kit/workload/replicated-server';
import type { Image } from '../../versions';
import type { ServedPath } from './served-paths';

/**
 * Seconds between a guard's removal from its Service and its end, for every proxy to notice, and for requests in flight to end. A guard
 * waits for as long even when it has sent all of an answer: what a slow reader has not read yet goes with the pod's network.
 */
export const STOP = 50;

/**
 * Variable of a guard's container: the address that it listens on, of whatever family. A program that listens on 0.0.0.0 is not found by
 * IPv6, and many that listen on :: do not start, or serve one family only, where the other is missing.
 */
export const POD_IP = 'POD_IP';

/** What every guard is told of its surroundings. */
export interface GuardSurroundings {
  /** Name of the component; its objects are called mlflow-<component>. */
  readonly component: string;
  /** The server that it leads to: the host name of its Service, and its pods. */
  readonly server: Destination & { readonly host: string };
  /** Who brings the requests: the gateway's proxies, or the Ingress controller. */
  readonly clients: readonly Peer[];
  /** Seconds that an upload or download may pause. */
  readonly timeoutSeconds: number;
  /** DNS domain of the cluster. */
  readonly clusterDomain: string;
  /**
   * Whether two pods of one revision never share a host while another takes pods ("hard"), or only rather not ("soft").
   * @default "hard"
   */
  readonly spread?: 'hard' | 'soft';
  /**
   * How many pods evictions, as of a node's drain, may take away at once.
   * @default - any number
   */
  readonly disruptionBudget?: { readonly maxUnavailable: number };
}

/** What a gateway or an Ingress leads to, instead of the tracking server. */
export interface GuardedService extends Part {
  readonly service: Service;
  /** The tracking server's paths, and the guard's own. */
  readonly paths: readonly ServedPath[];
}

export interface GuardProps extends Omit<GuardSurroundings, 'timeoutSeconds' | 'clusterDomain'> {
  readonly image: Image;
  /** The port that it listens on, and its Service. */
  readonly port: number;
  /** Its one container, except for what all guards have in common. */
  readonly container: Omit<HardenedContainer, 'name' | 'image' | 'ports' | 'resources'>;
  /** @default none */
  readonly volumes?: k8s.Volume[];
  /**
   * What the pods read when they start, so that a change replaces them.
   * @default - all that they read is in the pod
   */
  readonly inputs?: readonly string[];
  /** Who tells it who to let in. */
  readonly authority: Destination;
}

/**
 * Proxies every request from outside to the tracking server, which takes requests from no other pods of an entrance. Because it is in the path, a
 * controller that ignores an unknown annotation cannot let anybody in.
 */
export class Guard extends Construct implements Part {
  readonly service: Service;
  readonly components: readonly string[];
  readonly connections: readonly Connection[];

  constructor(scope: Construct, id: string, props: GuardProps) {
    super(scope, id);
    const { component, image, port, server, clients, authority, container } = props;
    const name = `mlflow-${component}`;
    const version = image.tag;
    const itself = { ...componentPeer(this, component), port };
    this.components = [component];
    this.connections = [...clients.map((from) => ({ from, to: itself })), ...connectionsOf(this, component, [server, authority])];
    this.service = new ComponentService(this, 'Service', { name, component, version, port: { name: 'http', port } });
    new ReplicatedServer(this, 'Server', {
      ...props,
      name,
      version,
      replicas: 2,
      inputs: props.inputs?.join(','),
      pod: {
        terminationGracePeriodSeconds: STOP + 10,
        containers: [{
          name: component,
          image,
          ports: [{ name: 'http', containerPort: port }],
          // Artifacts pass through without being kept: what is needed does not grow with their size.
          resources: { cpu: ['100m', '200m'], memory: ['128Mi', '256Mi'], ephemeralStorage: ['128Mi', '256Mi'] },
          ...container,
          env: [{ name: POD_IP, valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }, ...container.env ?? []],
        }],
        volumes: props.volumes,
      },
    });
  }
}
