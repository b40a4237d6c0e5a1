import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { componentPeer, type Destination } from '../network/peer';
import { ComponentService, type ComponentServiceProps } from './component-service';
import { hardenedPod, type HardenedPodProps } from './hardened-pod';
import { componentLabels, selectorLabels } from './labels';
import { VolumeClaim } from './volume-claim';

export interface SingleServerProps extends Omit<ComponentServiceProps, 'headless'> {
  /** Size of the volume `data`, as a quantity. */
  readonly storage: string;
  /** The pod, except the volume `data`. */
  readonly pod: HardenedPodProps;
  /** What the pod reads when it starts, so that a change starts it again. */
  readonly inputs: readonly string[];
}

/** A server of one pod with one volume, which outlives the pod, and its Service. For local use: nothing stands by. */
export class SingleServer extends Construct {
  /** Where its pod is, for network policies. */
  readonly destination: Destination;

  constructor(scope: Construct, id: string, { storage, pod, inputs, ...service }: SingleServerProps) {
    super(scope, id);
    const { name, component, version, port } = service;
    const labels = componentLabels(this, component, version);
    this.destination = { ...componentPeer(this, component), port: port.port };
    const data = new VolumeClaim(this, 'Data', { name, component, storage });
    new ComponentService(this, 'Service', service);
    // A StatefulSet must have one (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#limitations). Clients use the
    // other: its address stays when the pod's changes, and answers of DNS are kept for up to 30 s.
    const pods = new ComponentService(this, 'Pods', { ...service, name: `${name}-pods`, headless: true });
    new k8s.KubeStatefulSet(this, 'Resource', {
      metadata: { name, labels },
      spec: {
        serviceName: pods.name,
        replicas: 1,
        selector: { matchLabels: selectorLabels(this, component) },
        template: {
          metadata: { labels, annotations: { 'checksum/inputs': inputs.join(',') } },
          spec: hardenedPod({ ...pod, volumes: [data.volume, ...pod.volumes ?? []] }),
        },
      },
    });
  }
}
