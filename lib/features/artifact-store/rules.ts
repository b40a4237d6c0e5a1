import type { EnvironmentSpec } from '../environment';
import type { Claim } from '../../kit/claim';
import type { Rule } from '../rule';
import { isPlaced, isPlatform, placeOfHost, problemOfName } from '../../kit/network/places';
import { storeAddress } from './bucket';
import { isAmazon, isAmazonRegion, regionOf } from './endpoints';
import { DAYS } from './settings';

function administratorOf(store: EnvironmentSpec['artifactStore']): string | undefined {
  return store.provider === 'minio' ? store.administratorSecret : undefined;
}

export const rules: readonly Rule[] = [
  {
    path: 'artifactStore.provider',
    reads: ['profile', 'artifactStore'],
    problem: ({ profile, artifactStore }) => profile === 'production' && artifactStore.provider === 'embedded'
      ? 'embedded is one pod with one volume, for profile: local: write provider: minio or s3, and its endpoint'
      : undefined,
  },
  {
    path: 'artifactStore.endpoint',
    reads: ['artifactStore', 'clusterDomain', 'network.objectStore'],
    problem: ({ artifactStore, clusterDomain, network }) => artifactStore.provider === 'embedded' || isPlaced(network.objectStore)
      ? undefined
      : problemOfName(storeAddress(artifactStore).host, clusterDomain, 'network.objectStore'),
  },
  {
    path: 'artifactStore.region',
    reads: ['artifactStore'],
    problem: ({ artifactStore }) => {
      if (artifactStore.provider === 'embedded') return undefined;
      const { endpoint, region } = artifactStore;
      if (endpoint === undefined) return isAmazonRegion(region) ? undefined : 'is none of Amazon\'s regions: write e.g. eu-central-1, or the endpoint of another store';
      const ofEndpoint = regionOf(storeAddress(artifactStore).host);
      return ofEndpoint === undefined || ofEndpoint === region ? undefined : `is not that of the endpoint: write ${ofEndpoint}`;
    },
  },
  {
    path: 'artifactStore.administratorSecret',
    reads: ['artifactStore'],
    problem: ({ artifactStore }) => administratorOf(artifactStore) !== undefined && artifactStore.provider !== 'embedded' && isAmazon(storeAddress(artifactStore).host)
      ? 'is for the administration API of MinIO, which Amazon has not: write provider: s3, and remove it'
      : undefined,
  },
  {
    path: 'artifactStore.endpoint',
    reads: ['artifactStore', 'namespace', 'clusterDomain'],
    problem: ({ artifactStore, namespace, clusterDomain }) => artifactStore.provider !== 'embedded'
      && isPlatform(storeAddress(artifactStore).host, { namespace: namespace.name, clusterDomain })
      ? 'is this platform\'s own Service: write the URL of the store'
      : undefined,
  },
  {
    path: 'artifactStore.caSecret',
    reads: ['artifactStore'],
    problem: ({ artifactStore }) => artifactStore.provider !== 'embedded' && artifactStore.caSecret !== undefined && artifactStore.endpoint?.startsWith('http:')
      ? 'verifies nothing at an endpoint of http: write an https endpoint, or remove it'
      : undefined,
  },
  {
    path: 'artifactStore.setUp',
    reads: ['artifactStore'],
    problem: ({ artifactStore }) => {
      if (artifactStore.provider === 'embedded' || artifactStore.setUp) return undefined;
      const forTheJob = [
        ...administratorOf(artifactStore) === undefined ? [] : ['administratorSecret'],
        ...artifactStore.versioning === 'required' ? ['versioning'] : [],
        ...Object.values(artifactStore.takeOver).includes(true) ? ['takeOver'] : [],
      ];
      return forTheJob.length ? `false makes no Job, and ${forTheJob.join(', ')} would be for that: remove one of the two` : undefined;
    },
  },
  {
    path: 'artifactStore.takeOver.user',
    reads: ['artifactStore'],
    problem: ({ artifactStore }) => artifactStore.provider !== 'embedded' && artifactStore.takeOver.user && administratorOf(artifactStore) === undefined
      ? 'true needs an administrator of the store: write provider: minio and administratorSecret, or remove it'
      : undefined,
  },
];

/** What is allowed, and probably not meant. */
export const warnings: readonly Rule[] = [
  {
    path: 'artifactStore.setUp',
    reads: ['artifactStore'],
    problem: ({ artifactStore }) => artifactStore.provider !== 'embedded' && !artifactStore.setUp
      && (artifactStore.expireOldVersionsAfterDays !== DAYS.expireOldVersions || artifactStore.abortUploadsAfterDays !== DAYS.abortUploads)
      ? 'false makes no Job, and the days of expireOldVersionsAfterDays and abortUploadsAfterDays are told to the store by that Job: set them by hand, or remove them'
      : undefined,
  },
  {
    path: 'artifactStore.endpoint',
    reads: ['artifactStore'],
    problem: ({ artifactStore }) => artifactStore.provider !== 'embedded' && storeAddress(artifactStore).port === CONSOLE_PORT
      ? `has the port ${CONSOLE_PORT}, where MinIO usually serves its console: programs need that of the API, usually 9000`
      : undefined,
  },
];

/** The port where MinIO's own charts serve the web page. */
const CONSOLE_PORT = 9001;

/** Two environments in one bucket would expire each other's artifacts, and number their experiments alike. */
export function claims({ artifactStore, namespace, network, clusterDomain }: EnvironmentSpec): Claim[] {
  if (artifactStore.provider === 'embedded') return []; // its namespace's
  const { bucket, prefix: folder } = artifactStore;
  const { host, port } = storeAddress(artifactStore);
  const what = folder === undefined ? `the bucket ${bucket} at ${host}` : `the folder ${folder} of the bucket ${bucket} at ${host}`;
  const path = folder === undefined ? 'artifactStore.bucket' : 'artifactStore.prefix';
  // Names of buckets are unique over all of Amazon's regions.
  if (isAmazon(host)) return [{ path, what, place: ['bucket', 'Amazon', bucket], folder, inCluster: false }];
  const { place, inCluster } = placeOfHost(host, { namespace: namespace.name, clusterDomain, peer: network.objectStore });
  return [{ path, what, place: ['bucket', place, bucket], port, folder, inCluster }];
}
