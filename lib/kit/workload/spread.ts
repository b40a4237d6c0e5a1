import type { k8s } from 'cdk8s-plus-27';

/**
 * Pods of one component on hosts of their own. Over hosts by constraint, not by required anti-affinity: with that the extra pod of a
 * rolling update finds no host where there are as many hosts as replicas. Each revision is spread by itself, and a host that takes no
 * pods does not count.
 *
 * @param selector of the pods
 * @param spread whether two pods of one revision never share a host while another takes pods ("hard"), or only rather not ("soft")
 */
export function spreadOverHosts(selector: Record<string, string>, spread: 'hard' | 'soft'): Pick<k8s.PodSpec, 'affinity' | 'topologySpreadConstraints'> {
  const labelSelector = { matchLabels: selector };
  const common = { maxSkew: 1, labelSelector, matchLabelKeys: ['pod-template-hash'], nodeTaintsPolicy: 'Honor' };
  return {
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector } }],
      },
    },
    topologySpreadConstraints: [
      { ...common, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: spread === 'hard' ? 'DoNotSchedule' : 'ScheduleAnyway' },
      { ...common, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
    ],
  };
}
