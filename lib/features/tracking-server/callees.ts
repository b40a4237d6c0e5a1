import ipaddr from 'ipaddr.js';
import { destinationOf, isAnywhere, type Destination } from '../../kit/network/peer';

/** What the server calls somebody for. */
export type Purpose = 'webhooks' | 'models';

/** A server that this one calls for its users, as an environment file names them. */
export interface Callee extends Destination {
  /**
   * Its name, instead of pods or networks.
   * @default - pods or networks are named
   */
  readonly host?: string;
  readonly scheme: 'https' | 'http';
  /**
   * What it is called for.
   * @default - everything
   */
  readonly purpose?: Purpose;
}

/** Where the callees are, for network policies. */
export function destinationsOf(callees: readonly Callee[], clusterDomain: string): Destination[] {
  return callees.map(({ host, port, namespace, podLabels, cidrs }) => host === undefined
    ? { namespace, podLabels, cidrs, port }
    : destinationOf({ host, port, clusterDomain }));
}

/**
 * MLflow's switches for those who users may name as receivers and providers. By default it takes https and public addresses only. Which of the
 * others a user reaches is the network policy's to say, which lets nobody but the callees through.
 *
 * @see mlflow/environment_variables.py; webhooks/ssrf.py and gateway/ssrf.py look again when they connect
 */
export function calleeSettings(callees: readonly Callee[], clusterDomain: string): Record<string, string> {
  const of = (purpose: Purpose) => callees.filter((callee) => (callee.purpose ?? purpose) === purpose);
  const isAnyInside = (purpose: Purpose) => destinationsOf(of(purpose), clusterDomain).some(isInside);
  const isAnyPlain = (purpose: Purpose) => of(purpose).some(({ scheme }) => scheme === 'http');
  return {
    ...(isAnyInside('webhooks') && { MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true' }),
    ...(isAnyPlain('webhooks') && { MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'https,http' }),
    ...(isAnyInside('models') && { MLFLOW_GATEWAY_API_BASE_ALLOW_PRIVATE_IPS: 'true' }),
    ...(isAnyPlain('models') && { MLFLOW_GATEWAY_API_BASE_ALLOWED_SCHEMES: 'https,http' }),
  };
}

/** Whether a destination has addresses that are not public. */
function isInside(destination: Destination): boolean {
  if (isAnywhere(destination)) return false;
  return !destination.cidrs || destination.cidrs.some((cidr) => ipaddr.parseCIDR(cidr)[0].range() !== 'unicast');
}
