import { allContainers, type Container, type Pod, type Volume } from './testing';

const RESTRICTED_VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];

/**
 * What the Pod Security Standard "restricted", or this platform, would refuse in a pod.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function weaknesses(pod: Pod): string[] {
  const { runAsNonRoot, runAsUser, runAsGroup, seccompProfile } = pod.securityContext ?? {};
  return chosen({
    'may run as root': runAsNonRoot !== true,
    'runs as a user of a host': !(Number(runAsUser) > 10_000 && Number(runAsGroup) > 10_000),
    'has no seccomp profile': JSON.stringify(seccompProfile) !== '{"type":"RuntimeDefault"}',
    'shares a namespace with the host': ['hostNetwork', 'hostPID', 'hostIPC'].some((field) => field in pod),
    'has a service account token': pod.automountServiceAccountToken !== false,
    'has variables of other Services': pod.enableServiceLinks !== false,
  }).concat((pod.volumes ?? []).flatMap(weaknessesOfVolume), allContainers(pod).flatMap(weaknessesOfContainer));
}

function weaknessesOfVolume({ name, ...source }: Volume): string[] {
  return chosen({
    [`volume ${name} is of a forbidden type`]: !Object.keys(source).every((type) => RESTRICTED_VOLUMES.includes(type)),
    [`volume ${name} may grow without limit`]: source.emptyDir !== undefined && !source.emptyDir.sizeLimit,
  });
}

function weaknessesOfContainer({ name, env = [], envFrom = [], ports = [], resources = {}, securityContext = {} }: Container): string[] {
  const { allowPrivilegeEscalation, capabilities, readOnlyRootFilesystem, ...others } = securityContext;
  const amounts = ['cpu', 'memory', 'ephemeral-storage'];
  return chosen({
    [`${name} may gain privileges`]: allowPrivilegeEscalation !== false,
    [`${name} has capabilities`]: JSON.stringify(capabilities) !== '{"drop":["ALL"]}',
    [`${name} can write to its root`]: readOnlyRootFilesystem !== true,
    [`${name} has a security context of its own`]: Object.keys(others).length > 0,
    [`${name} has a port of the host`]: ports.some(({ hostPort }) => hostPort !== undefined),
    [`${name} lacks a request or limit`]: !amounts.every((amount) => resources.requests?.[amount] && resources.limits?.[amount]),
    [`${name} has a Secret in its environment`]: env.some(({ valueFrom = {} }) => 'secretKeyRef' in valueFrom)
      || envFrom.some((source) => source.secretRef),
  });
}

function chosen(options: Record<string, boolean>): string[] {
  return Object.entries(options).filter(([, holds]) => holds).map(([option]) => option);
}
