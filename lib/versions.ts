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
 * The oldest release without the holes that are open to whoever reaches the server: before 3.17.0 the server connects to any host that a client
 * names as the place of artifacts (GHSA-mr9f-g8qf-4w4j; store/artifact/host_policy.py is new in it), before 3.16.1 it makes an administrator with a
 * well-known password (GHSA-gq3w-7jj3-x7gr), before 3.15.0 a webhook makes it read any address of the network (GHSA-7gwp-5pfp-969j), before
 * 3.11.1 job endpoints ask for no authentication (CVE-2026-0545), before 3.10.0 files of the server can be read (CVE-2026-2614). What
 * 3.18.0 mends (GHSA-7xcw-g7v8-rq26, GHSA-98p3-crmr-mxcx) is the assistant's, which is not served.
 */
export const OLDEST_MLFLOW_VERSION = {
  version: '3.17.0',
  reason: 'has known security holes (before 3.17.0 GHSA-mr9f-g8qf-4w4j, before 3.16.1 GHSA-gq3w-7jj3-x7gr, before 3.15.0 GHSA-7gwp-5pfp-969j, '
    + 'before 3.11.1 CVE-2026-0545, before 3.10.0 CVE-2026-2614)',
};

/**
 * The releases that the tests of the server were run with: the oldest allowed, and all that came after it and can be installed.
 * `RELEASES="3.17.0 3.17.1 3.17.2" npm run test:server` runs them again.
 */
export const TRIED_MLFLOW_VERSIONS = ['3.17.0', '3.17.1', '3.17.2'] as const;

/** Whether a release is older than another. */
export function isOlder(release: string, other: string): boolean {
  const [left, right] = [release, other].map((text) => text.split('.').map(Number));
  const difference = left!.map((number, index) => number - right![index]!).find((each) => each !== 0) ?? 0;
  return difference < 0;
}

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
