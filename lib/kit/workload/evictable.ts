/**
 * Lets Cluster Autoscaler take a pod from a node that it empties: by default a pod with an emptyDir keeps the node up for ever. For pods
 * whose folders hold nothing that is worth keeping.
 *
 * @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#what-types-of-pods-can-prevent-ca-from-removing-a-node
 */
export const EVICTABLE = { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' };
