import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { DisruptionBudget } from './disruption-budget';
import { EVICTABLE } from './evictable';
import { hardenedPod, type HardenedPodProps } from './hardened-pod';
import { componentLabels, selectorLabels } from './labels';
import { spreadOverHosts } from './spread';

/** During a rolling update one pod more than `replicas` runs. */
export const SURGE = 1;

export interface ReplicatedServerProps {
  /** Name of the Deployment. */
  readonly name: string;
  readonly component: string;
  readonly version: string;
  /**
   * Number of pods.
   * @default - what an autoscaler says
   */
  readonly replicas?: number;
  /** The pods, except where they run. */
  readonly pod: HardenedPodProps;
  /**
   * Digest of what the pods read when they start, so that a change replaces them.
   * @default - all that they read is in the pod
   */
  readonly inputs?: string;
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
  /**
   * Seconds after which a revision whose pods are not ready is called failed.
   * @default - what Kubernetes says, ten minutes
   */
  readonly progressDeadlineSeconds?: number;
}

/** A server of several equal pods that keep nothing: its Deployment, which replaces them one by one, and its budget. */
export class ReplicatedServer extends Construct {
  constructor(scope: Construct, id: string, props: ReplicatedServerProps) {
    super(scope, id);
    const { name, component, version, replicas, pod, inputs, spread = 'hard', disruptionBudget, progressDeadlineSeconds } = props;
    const labels = componentLabels(this, component, version);
    const selector = selectorLabels(this, component);
    if (disruptionBudget) new DisruptionBudget(this, 'DisruptionBudget', { name, component, version, ...disruptionBudget });
    new k8s.KubeDeployment(this, 'Resource', {
      metadata: { name, labels },
      spec: {
        replicas,
        progressDeadlineSeconds,
        revisionHistoryLimit: 5,
        selector: { matchLabels: selector },
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: k8s.IntOrString.fromNumber(SURGE), maxUnavailable: k8s.IntOrString.fromNumber(0) },
        },
        template: {
          metadata: { labels, annotations: { ...EVICTABLE, ...inputs === undefined ? {} : { 'checksum/inputs': inputs } } },
          spec: hardenedPod({ ...pod, ...spreadOverHosts(selector, spread) }),
        },
      },
    });
  }
}
