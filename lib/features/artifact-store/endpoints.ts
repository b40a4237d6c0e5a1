/* What the host of an endpoint tells: whose store it is, its region, and whether it is one of S3 at all. */

/** Regions as Amazon calls them, by area and direction: a mistyped one has no host. */
const REGION = '(?:af|ap|ca|cn|eu|il|me|mx|sa|us|us-gov|us-isob?|us-isof|eu-isoe|eusc-[a-z]{2})-(?:(?:north|south)(?:east|west)?|east|west|central)-\\d';
const AMAZON_REGION = new RegExp(`^${REGION}$`);
/** Amazon's hosts of S3, and the region in them. */
const AMAZON = new RegExp(`^(?:(?:bucket\\.)?vpce-[a-z0-9-]+\\.)?s3(?:-fips)?[.-](?:dualstack\\.)?(${REGION})\\.(?:vpce\\.)?amazonaws\\.com(?:\\.cn)?$`);
const OF_AMAZON = /(^|\.)s3[.-].*amazonaws\.com(\.cn)?$/;

const BUCKET_IN_HOST = 'must not name a bucket in its host: write it under bucket, and leave it out of the endpoint, or Amazon\'s endpoint as a whole';

/** Hosts that are no endpoint for MLflow, and why. */
const OTHERS: readonly (readonly [host: RegExp, problem: string])[] = [
  [/\.(blob|dfs)\.core\.(windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)$/, 'must be of a store that speaks S3, which Azure\'s does not: write that of another store'],
  [/(^|\.)console\.(aws\.amazon|cloud\.google)\.com$/, 'must be that of the store, and not of its web page: leave Amazon\'s out'],
  [/(^|\.)s3-accelerate\.(dualstack\.)?amazonaws\.com$/, 'must not be Amazon\'s for accelerated transfers, which makes no buckets: leave it out'],
  [/^.+\.storage\.googleapis\.com$|^(?!bucket\.vpce-|vpce-).+\.s3[.-]([a-z0-9-]+\.)*amazonaws\.com(\.cn)?$/, BUCKET_IN_HOST],
  [/^.+\.[a-z]{3}\d\.digitaloceanspaces\.com$|^.+\.s3\.[a-z0-9.-]*(wasabisys|backblazeb2)\.com$/, BUCKET_IN_HOST],
];

/** What is wrong with the host of an endpoint, or undefined. */
export function problemOfEndpoint(host: string): string | undefined {
  return OTHERS.find(([pattern]) => pattern.test(host))?.[1];
}

export function isAmazon(host: string): boolean {
  return OF_AMAZON.test(host);
}

export function isAmazonRegion(region: string): boolean {
  return AMAZON_REGION.test(region);
}

/** The region in one of Amazon's hosts. */
export function regionOf(host: string): string | undefined {
  return AMAZON.exec(host)?.[1];
}
