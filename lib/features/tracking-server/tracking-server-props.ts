import type { Bucket } from '../artifact-store/bucket';
import type { DatabaseClient } from '../database/database-client';
import type { Schema } from '../database/schema';
import type { Peer } from '../../kit/network/peer';
import type { SecretReference } from '../../kit/secrets/secret-files';
import type { ServerUsers } from '../users/configuration';
import type { Autoscaling } from './autoscaler';
import type { Callee } from './callees';

export interface TrackingServerProps {
  /** Release of MLflow. */
  readonly version: string;
  /**
   * Number of pods.
   * @default 2
   */
  readonly replicas?: number;
  /**
   * How many pods there are by their load, instead of `replicas`.
   * @default - always as many as `replicas`
   */
  readonly autoscaling?: Autoscaling;
  /**
   * How many pods evictions, as of a node's drain, may take away at once.
   * @default - any number
   */
  readonly disruptionBudget?: { readonly maxUnavailable: number };
  /**
   * PriorityClass of the pods.
   * @default - the cluster's default
   */
  readonly priorityClassName?: string;
  /** Server processes in each pod. */
  readonly workers: number;
  /** Requests that each worker serves at the same time. */
  readonly threads: number;
  /** CPU and memory of each pod, as quantities. */
  readonly resources: {
    readonly requests: { readonly cpu: string; readonly memory: string };
    readonly limits: { readonly cpu: string; readonly memory: string };
  };
  /** Bytes of the largest request, except the upload of an artifact. */
  readonly largestRequest: number;
  /** Room in /tmp of each pod, as a quantity; artifacts pass through it. */
  readonly temporaryStorage: string;
  /**
   * Whether two pods of one revision never share a host while another takes pods ("hard"), or only rather not ("soft").
   * @default "hard"
   */
  readonly spread?: 'hard' | 'soft';
  readonly database: DatabaseClient;
  /** What brings the database's schema to this release's. */
  readonly schema: Schema;
  /**
   * MLflow's own users.
   * @default - MLflow asks nobody who they are
   */
  readonly users?: ServerUsers;
  readonly artifacts: Bucket;
  /** Secret with the keys flask-secret-key, kek-passphrase and webhook-key, the same for all pods. */
  readonly keys: SecretReference;
  /** Host headers to answer, in addition to the pod's own address. */
  readonly allowedHosts: readonly string[];
  /**
   * Origins whose pages may change something.
   * @default - only pages on localhost
   */
  readonly corsOrigins?: readonly string[];
  /**
   * Port on every node.
   * @default - a Service inside the cluster only
   */
  readonly nodePort?: number;
  /**
   * Who uses the server, in addition to those who come through an entrance.
   * @default - nobody except the pods' own nodes
   */
  readonly clients?: readonly Peer[];
  /**
   * Whether the UI can make examples of traces and evaluations.
   * @default false
   */
  readonly demo?: boolean;
  /**
   * Servers that this one calls for its users, in addition to its database and its artifact store.
   * @default - nobody
   */
  readonly callees?: readonly Callee[];
  /**
   * Secret with the key ca.crt: authorities that the certificates of callees may be of, in addition to the public ones.
   * @default - the public ones alone
   */
  readonly authorities?: SecretReference;
  /**
   * DNS domain of the cluster.
   * @default "cluster.local"
   */
  readonly clusterDomain?: string;
}
