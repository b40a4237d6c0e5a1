/** Something that an environment must have for itself alone. */
export interface Claim {
  /** The value of the environment file that names it. */
  readonly path: string;
  /** What it is, e.g. `the namespace mlflow`. */
  readonly what: string;
  /** What tells it from all others. */
  readonly place: readonly (string | number)[];
  /**
   * Port, where the same place by another may be the same server, such as a pooler in front of it, or another one.
   * @default - there is one
   */
  readonly port?: number;
  /**
   * Folder of the place, e.g. `company/mlflow`. The folders in it are its own, too.
   * @default - all of the place
   */
  readonly folder?: string;
  /** Whether each cluster has one of that name; otherwise all clusters share it. */
  readonly inCluster: boolean;
}
