/** Where the controllers of an Ingress run, by their own instructions. */
export const controllerNamespace = { nginx: 'ingress-nginx', traefik: 'traefik' };

/** Where Envoy Gateway runs its proxies, by its own instructions. */
export const GATEWAY_NAMESPACE = 'envoy-gateway-system';
