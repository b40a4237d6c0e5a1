import type { KubernetesObject, Manifest } from '../lib/manifests/manifest';
import { dump } from 'js-yaml';

/*
 * What a feature renders, in a snapshot next to its tests: what dist/production, which is committed, does not hold. Each file is of one feature,
 * and short enough to be read in a review.
 */

type Labels = Record<string, string>;

/** The component that an object belongs to, or its kind where it belongs to none: namespaces and Secrets are of all. */
export function partOf({ kind, metadata }: KubernetesObject): string {
  return (metadata as { labels?: Labels }).labels?.['app.kubernetes.io/component'] ?? kind;
}

/** A snapshot for each object of these parts: components, or kinds of what belongs to none. */
export function snapshotsOf(manifests: readonly Manifest[], ...parts: readonly string[]): void {
  test.each(manifests.filter(({ object }) => parts.includes(partOf(object))))('$file', ({ object }) => {
    expect(dump(withoutPrograms(object), { lineWidth: -1, noRefs: true })).toMatchSnapshot();
  });
}

/** Without the programs in ConfigMaps, which lib/ holds; the Jobs' names and the pods' checksums change with them. */
function withoutPrograms(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'ConfigMap') return object;
  const data = Object.entries(object.data as Labels).map(([key, text]) => [key, /\.(py|sh)$/.test(key) ? 'a program of lib/' : text]);
  return { ...object, data: Object.fromEntries(data) as Labels };
}
