import type { EnvironmentSpec } from './environment';

/** What a profile decides, except what it allows: the rules say that. */
export interface Profile {
  /** Whether two pods of one server never share a host while another takes pods ("hard"), or only rather not ("soft"). */
  readonly spread: 'hard' | 'soft';
  /**
   * How many pods of one server evictions may take away at once, where the file does not say.
   * @default - any number
   */
  readonly disruptionBudget?: { readonly maxUnavailable: number };
  /** Proxies of a gateway. */
  readonly gatewayReplicas: number;
  /** Whether the UI can make examples of traces and evaluations. */
  readonly demo: boolean;
  /** Whether this program makes and keeps the Secrets that no file names. */
  readonly makesSecrets: boolean;
  /** Whether the Namespace outlives what is done with the folder of the manifests, such as `kubectl delete -f`. */
  readonly keepsNamespace: boolean;
}

export const profiles: Record<EnvironmentSpec['profile'], Profile> = {
  local: { spread: 'soft', gatewayReplicas: 1, demo: true, makesSecrets: true, keepsNamespace: false },
  production: { spread: 'hard', disruptionBudget: { maxUnavailable: 1 }, gatewayReplicas: 2, demo: false, makesSecrets: false, keepsNamespace: true },
};
