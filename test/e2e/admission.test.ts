import type { Manifest } from '../../lib/manifests/manifest';
import { weakened } from '../judges/weakened';
import { manifestsOf, workloads } from '../testing';
import { applyCustomResourceDefinitions, deleteNamespaces, eventually, kubectl, leaveNamespaces } from './kubectl';

const NAMESPACE = 'e2e-admission';

type Objects = readonly object[];

/** What the API server has against creating these in the namespace, one line each: it creates none. */
async function objections(items: Objects): Promise<string[]> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const { stderr } = await kubectl(['create', '--dry-run=server', '--validate=strict', '--namespace', NAMESPACE, '-f', '-'], input)
    .catch((error: unknown) => {
      const refused = error as Error & { stderr?: string };
      if (!refused.stderr) throw refused;
      return refused as { stderr: string };
    });
  return stderr.trim().split('\n').filter(Boolean);
}

/** The objects of an environment, moved to the namespace. */
function moved(manifests: readonly Manifest[]): Objects {
  return manifests.filter(({ object }) => object.kind !== 'Namespace')
    .map(({ object }) => ({ ...object, metadata: { ...object.metadata, namespace: NAMESPACE } }));
}

/** A pod of each workload: of a workload itself Pod Security only warns. */
function pods(manifests: readonly Manifest[]): Objects {
  return workloads(manifests.map(({ object }) => object)).map(({ metadata: { name }, spec: { template } }) => ({
    apiVersion: 'v1', kind: 'Pod', metadata: { ...template.metadata, name }, spec: template.spec,
  }));
}

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE);
  await applyCustomResourceDefinitions();
  const labels = Object.fromEntries(['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']));
  await kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } }));
  await eventually(30, () => kubectl(['-n', NAMESPACE, 'get', 'serviceaccount', 'default'])); // no pod is admitted before
});

afterAll(() => leaveNamespaces(NAMESPACE));

describe.each(['local', 'production'])('environment %s', (environment) => {
  const manifests = manifestsOf(environment);

  test('the API server accepts every object strictly and without a warning', async () => {
    expect(await objections(moved(manifests))).toEqual([]);
  });

  test('every pod is admitted where Pod Security "restricted" is enforced', async () => {
    expect(pods(manifests).length).toBeGreaterThan(0);
    expect(await objections(pods(manifests))).toEqual([]);
  });

  test('a weakened Deployment is warned of, and its pod is refused', async () => {
    const standard = 'PodSecurity "restricted:latest": host namespaces (hostNetwork=true), ';
    const deprecated = 'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead';
    expect(await objections(moved(weakened(manifests)))).toEqual([
      `Warning: spec.template.${deprecated}`,
      expect.stringContaining(`Warning: would violate ${standard}`),
    ]);
    expect(await objections(pods(weakened(manifests)))).toEqual([
      `Warning: ${deprecated}`,
      expect.stringContaining(`pods "mlflow" is forbidden: violates ${standard}`),
    ]);
  });
});
