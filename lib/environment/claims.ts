import { features } from '../features';
import type { EnvironmentSpec } from '../features/environment';
import type { Claim } from '../kit/claim';
import type { Problem } from '../kit/problem';

/** An environment and its file. */
export interface EnvironmentFile {
  readonly file: string;
  readonly environment: EnvironmentSpec;
}

/** What one file names that is another's. */
export interface Shared {
  readonly file: string;
  readonly problem: Problem;
  /** Whether the two can exist all the same: they are in two clusters. */
  readonly allowed: boolean;
}

interface Claimant {
  readonly file: string;
  readonly cluster: string | undefined;
  readonly claim: Claim;
}

/** What environments have in common and must not, told for each of them. Each feature's rules.ts says what its own must be. */
export function shared(files: readonly EnvironmentFile[]): Shared[] {
  const claimants = new Map<string, Claimant[]>();
  for (const { file, environment } of files) {
    for (const claim of features.flatMap(({ claims }) => claims?.(environment) ?? [])) {
      const key = JSON.stringify(claim.place);
      const others = claimants.get(key);
      if (others) others.push({ file, cluster: environment.cluster, claim });
      else claimants.set(key, [{ file, cluster: environment.cluster, claim }]);
    }
  }
  return [...claimants.values()].filter(({ length }) => length > 1).flatMap(sharedBy);
}

function sharedBy(claimants: readonly Claimant[]): Shared[] {
  return claimants.flatMap(({ file, cluster, claim: { path, what, port, folder, inCluster } }): Shared[] => {
    const all = claimants.filter((other) => other.file !== file && overlap(folder, other.claim.folder));
    const others = all.filter((other) => other.claim.port === port);
    const neighbour = others.find((other) => other.cluster === cluster);
    if (neighbour) {
      const message = `${what} is that of ${neighbour.file}, too, and each environment must have its own: write another one, or, where the two are in `
        + 'different clusters, name those by cluster';
      return [{ file, problem: { path, message }, allowed: false }];
    }
    const alike = all.find((other) => other.claim.port !== port && (other.cluster === cluster || !inCluster));
    if (alike && !others.length) {
      return [{ file, problem: { path, message: `${what} may be that of ${alike.file}, too, by another port: are these two servers?` }, allowed: true }];
    }
    if (inCluster || !others[0]) return [];
    return [{ file, problem: { path, message: `${what} is that of ${others[0].file}, too, in another cluster: are both to use it?` }, allowed: true }];
  });
}

/** Whether one of two folders of a place is in the other. */
function overlap(one = '', other = ''): boolean {
  return [[one, other], [other, one]].some(([outer, inner]) => outer === '' || `${inner}/`.startsWith(`${outer}/`));
}
