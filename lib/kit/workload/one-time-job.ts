import { JsonPatch } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { digest } from './digest';
import { hardenedPod, type HardenedPodProps } from './hardened-pod';
import { componentLabels } from './labels';

/** EX_DATAERR, with which a program says that another attempt would end the same. */
export const ANOTHER_ATTEMPT_IS_USELESS = 65;

export interface OneTimeJobProps {
  /** Name of the component; the Job is called mlflow-<component>-<hash>. */
  readonly component: string;
  readonly pod: Omit<HardenedPodProps, 'restartPolicy'>;
  /** Digests of what the pod reads at run time: scripts, settings, Secrets. */
  readonly inputs: readonly string[];
  /**
   * Exit code with which a container says that another attempt would end the same: the Job fails at once.
   * @default - a failure is tried again, five times within six minutes
   */
  readonly finalExitCode?: number;
}

/**
 * A Job that runs once for each content of its pod and inputs: its name holds a hash of them, because a Job cannot be changed.
 * So a change makes a new Job, and none makes none. It has no time to live: a Job that vanished would be made again by the next apply.
 */
export class OneTimeJob extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, { component, pod, inputs, finalExitCode }: OneTimeJobProps) {
    super(scope, id);
    const labels = componentLabels(this, component);
    // Never: a failed attempt stays as a pod of its own, with its log.
    const spec = hardenedPod({ ...pod, restartPolicy: 'Never' });
    this.name = `mlflow-${component}-${digest([spec, inputs])}`;
    const job = new k8s.KubeJob(this, 'Resource', {
      metadata: { name: this.name, labels },
      spec: {
        // With their pauses five further attempts take five minutes. No activeDeadlineSeconds: it would delete the pod, with what it said, and end a
        // migration of hours. Programs that wait end by themselves.
        backoffLimit: 5,
        podFailurePolicy: {
          rules: [
            // An eviction or a lost node is no failure of the Job.
            { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
            ...(finalExitCode === undefined ? [] : [
              { action: 'FailJob', onExitCodes: { operator: 'In', values: [finalExitCode] }, onPodConditions: [] },
            ]),
          ],
        },
        template: { metadata: { labels }, spec },
      },
    });
    // The type demands a list that the API server does not store when it is empty, so that every apply would send it again.
    if (finalExitCode !== undefined) job.addJsonPatch(JsonPatch.remove('/spec/podFailurePolicy/rules/1/onPodConditions'));
  }
}
