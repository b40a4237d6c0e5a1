/**
 * Every version that the platform runs, and the only place to change one.
 *
 * `digest` pins an image to its bytes ("sha256:…"). It is optional: a private mirror may serve the same tag with another digest.
 */
export interface Image {
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string;
}

/**
 * The newest release of MLflow whose packages are all published.
 * 3.18.0 lacks its mlflow-skinny, which is what `mlflow` is installed from.
 */
export const MLFLOW_VERSION = '3.17.2';

/**
 * The oldest release without the holes that are open to whoever reaches the server: before it a webhook could make the server read any
 * address of the network, by a redirect or a name that changes (GHSA-7gwp-5pfp-969j), before 3.11.1 job endpoints asked for no
 * authentication (CVE-2026-0545), before 3.10.0 files of the server could be read (CVE-2026-2614). Not every later hole is a reason to refuse
 * a release: the AI gateway's of 3.16 (GHSA-h7x2-h6g9-p789) ends at the server's network policy.
 */
export const OLDEST_MLFLOW_VERSION = {
  version: '3.15.0',
  reason: 'has known security holes (before 3.15.0 GHSA-7gwp-5pfp-969j, before 3.11.1 CVE-2026-0545, before 3.10.0 CVE-2026-2614)',
};

/** The oldest release that does not make an administrator with a well-known password by itself (GHSA-gq3w-7jj3-x7gr). */
export const OLDEST_WITH_USERS = { version: '3.16.1', reason: 'lets everybody in by a well-known password (GHSA-gq3w-7jj3-x7gr)' };

export const images = {
  postgres: { repository: 'docker.io/library/postgres', tag: '15.18' },

  /** The kept-up fork of MinIO: MinIO's own images are withdrawn and its repository archived (https://github.com/minio/minio). */
  objectStore: { repository: 'docker.io/pgsty/silo', tag: 'RELEASE.2026-09-03T13-18-01Z' },

  /** Its client, needed for what the S3 API has no words for: users and their policies. */
  objectStoreClient: { repository: 'docker.io/pgsty/mc', tag: 'RELEASE.2026-09-16T00-00-00Z' },

  /** Older ones than 7.15.2 can be talked into letting anybody in (GHSA-7x63-xv5r-3p2x). `-alpine`, because the other has no `sleep`. */
  oauth2Proxy: { repository: 'quay.io/oauth2-proxy/oauth2-proxy', tag: 'v7.15.3-alpine' },

  /** Its certificates are those that Cloudflare is verified by: older ones trust authorities that were broken into. */
  envoy: { repository: 'docker.io/envoyproxy/envoy', tag: 'distroless-v1.39.6' },
} satisfies Record<string, Image>;

/** MLflow's image with database drivers, boto3, the Prometheus exporter and what users need; the tag without `-full` has none of them. */
export function mlflowImage(version: string): Image {
  return { repository: 'ghcr.io/mlflow/mlflow', tag: `v${version}-full` };
}

/** The reference of an image as a pod names it. */
export function imageReference(image: Image): string {
  return `${image.repository}:${image.tag}${image.digest ? `@${image.digest}` : ''}`;
}
