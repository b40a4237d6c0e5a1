import { k8s, type Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { ComponentNetworkPolicy } from '../../kit/network/component-network-policy';
import type { Destination, Peer } from '../../kit/network/peer';
import type { Image } from '../../versions';
import { ComponentService } from '../../kit/workload/component-service';
import { DisruptionBudget } from '../../kit/workload/disruption-budget';
import { EVICTABLE } from '../../kit/workload/evictable';
import { hardenedPod, type HardenedContainer } from '../../kit/workload/hardened-pod';
import { componentLabels, selectorLabels } from '../../kit/workload/labels';
import { spreadOverHosts } from '../../kit/workload/spread';
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
  /** @default - CoreDNS in kube-system */
  readonly dns?: readonly Peer[];
}

/** What a gateway or an Ingress leads to, instead of the tracking server. */
export interface GuardedService {
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
 * Stands in the path of all requests from outside to the tracking server, which takes them from nobody else. So a controller that
 * ignores what it does not know lets nobody in by that, and no controller has to be asked to ask somebody.
 */
export class Guard extends Construct {
  readonly service: Service;

  constructor(scope: Construct, id: string, props: GuardProps) {
    super(scope, id);
    const { component, image, port, server, clients, authority, dns, disruptionBudget } = props;
    const name = `mlflow-${component}`;
    const version = image.tag;
    const labels = componentLabels(this, component, version);
    const selector = selectorLabels(this, component);

    this.service = new ComponentService(this, 'Service', { name, component, version, port: { name: 'http', port } });
    new ComponentNetworkPolicy(this, 'NetworkPolicy', { component, from: [{ peers: clients, port }], to: [server, authority], dns });
    if (disruptionBudget) new DisruptionBudget(this, 'DisruptionBudget', { name, component, version, ...disruptionBudget });
    new k8s.KubeDeployment(this, 'Resource', {
      metadata: { name, labels },
      spec: {
        replicas: 2,
        revisionHistoryLimit: 5,
        selector: { matchLabels: selector },
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: k8s.IntOrString.fromNumber(1), maxUnavailable: k8s.IntOrString.fromNumber(0) },
        },
        template: {
          metadata: { labels, annotations: { ...EVICTABLE, ...props.inputs ? { 'checksum/inputs': props.inputs.join(',') } : {} } },
          spec: hardenedPod({
            ...spreadOverHosts(selector, props.spread ?? 'hard'),
            terminationGracePeriodSeconds: STOP + 10,
            containers: [{
              name: component,
              image,
              ports: [{ name: 'http', containerPort: port }],
              // Artifacts pass through without being kept: what is needed does not grow with their size.
              resources: { cpu: ['100m', '200m'], memory: ['128Mi', '256Mi'], ephemeralStorage: ['128Mi', '256Mi'] },
              ...props.container,
              env: [{ name: POD_IP, valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }, ...props.container.env ?? []],
            }],
            volumes: props.volumes,
          }),
        },
      },
    });
  }
}
