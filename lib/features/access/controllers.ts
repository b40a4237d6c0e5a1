import type { Peer } from '../../kit/network/peer';

/**
 * Where the controllers of an Ingress run: by their own instructions, and where a distribution of Kubernetes brings them along.
 * docs/ingress.md says which does so, and what to write for the others.
 */
export const CONTROLLERS: Record<'nginx' | 'traefik', readonly Peer[]> = {
  nginx: [
    { namespace: 'ingress-nginx' },
    { namespace: 'kube-system', podLabels: { 'app.kubernetes.io/name': 'rke2-ingress-nginx' } },
    { namespace: 'ingress', podLabels: { name: 'nginx-ingress-microk8s' } },
    { namespace: 'ingress', podLabels: { 'app.kubernetes.io/name': 'traefik' } }, // of newer MicroK8s, for the classes of NGINX as well
  ],
  traefik: [
    { namespace: 'traefik' },
    ...['kube-system', 'ingress'].map((namespace) => ({ namespace, podLabels: { 'app.kubernetes.io/name': 'traefik' } })),
  ],
};

/** Where Envoy Gateway runs its proxies, by its own instructions. */
export const GATEWAY_NAMESPACE = 'envoy-gateway-system';
