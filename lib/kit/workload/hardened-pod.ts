import { k8s } from 'cdk8s-plus-27';
import { imageReference, type Image } from '../../versions';

/** A user and group that no host has, above the range that security scanners accept. */
export const UNPRIVILEGED = 10001;

/** CPU, memory and local disk of a container: requests and limits. */
export interface Resources {
  readonly cpu: readonly [request: string, limit: string];
  readonly memory: readonly [request: string, limit: string];
  readonly ephemeralStorage: readonly [request: string, limit: string];
}

/** A container except what the hardening decides. */
export interface HardenedContainer extends Omit<k8s.Container, 'image' | 'imagePullPolicy' | 'resources' | 'securityContext'> {
  readonly image: Image;
  readonly resources: Resources;
}

export interface HardenedPodProps extends Omit<k8s.PodSpec, 'containers' | 'initContainers' | 'securityContext'> {
  readonly containers: HardenedContainer[];
  readonly initContainers?: HardenedContainer[];
}

/**
 * A pod as the Pod Security Standard "restricted" wants it, and more: read-only root, no service account token, no variables of
 * other Services (one called `mlflow` would set MLFLOW_PORT to a URL).
 *
 * No AppArmor profile: a pod that names one is rejected by every node without AppArmor.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function hardenedPod({ containers, initContainers, ...pod }: HardenedPodProps): k8s.PodSpec {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: UNPRIVILEGED,
      runAsGroup: UNPRIVILEGED,
      fsGroup: UNPRIVILEGED,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    initContainers: initContainers?.map(hardenedContainer),
    containers: containers.map(hardenedContainer),
    ...pod,
  };
}

function hardenedContainer({ image, resources, ...container }: HardenedContainer): k8s.Container {
  return {
    image: imageReference(image),
    imagePullPolicy: 'IfNotPresent',
    resources: { requests: amounts(resources, 0), limits: amounts(resources, 1) },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    ...container,
  };
}

function amounts({ cpu, memory, ephemeralStorage }: Resources, index: 0 | 1): Record<string, k8s.Quantity> {
  return {
    'cpu': k8s.Quantity.fromString(cpu[index]),
    'memory': k8s.Quantity.fromString(memory[index]),
    'ephemeral-storage': k8s.Quantity.fromString(ephemeralStorage[index]),
  };
}

/** An empty, writable directory of a limited size that lives as long as the pod. */
export function scratchVolume(name: string, sizeLimit: string): k8s.Volume {
  return { name, emptyDir: { sizeLimit: k8s.Quantity.fromString(sizeLimit) } };
}
