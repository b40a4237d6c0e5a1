import { isDeepStrictEqual } from 'node:util';
import { render } from '../../lib/manifests/render';
import { environment, find, secretValues } from '../testing';

const objects = (text: string, values?: typeof secretValues) => render(environment(text), values).map(({ object }) => object);
const OUTSIDE = 'database: {provider: external, host: db.example.com}, artifactStore: {provider: s3}';
const KEEP = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };

test('with the least: the Namespace enforces Pod Security, and no Secret is rendered', () => {
  const made = objects('profile: local');
  expect(find(made, 'Namespace').metadata).toMatchObject({
    name: 'mlflow', labels: { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/warn': 'restricted' },
  });
  expect(made.filter(({ kind }) => kind === 'Secret')).toEqual([]);
});

test('with all: the Secrets that are used are rendered', () => {
  const names = objects('{profile: local, access: {mode: basic}}', secretValues).filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name);
  expect(names.sort()).toEqual(Object.keys(secretValues).sort());
});

test('a Namespace that others own is not rendered', () => {
  const made = objects('{profile: local, namespace: {name: shared, create: false}}');
  expect(made.filter(({ kind }) => kind === 'Namespace')).toEqual([]);
  expect(new Set(made.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['shared']));
});

test('a Namespace that others are in is not rendered, whatever the file leaves out', () => {
  const made = objects(`{profile: local, namespace: {name: data}, ${OUTSIDE.replace('db.example.com', 'postgres.data.svc')}}`);
  expect(made.filter(({ kind }) => kind === 'Namespace')).toEqual([]);
});

test('a production platform\'s Namespace has a folder of its own, which `kubectl delete -f` of the other does not read', () => {
  const files = (text: string) => render(environment(`{${text}}`)).map(({ file }) => file).filter((file) => file.includes('namespace') || file.includes('/'));
  expect(files(OUTSIDE)).toEqual(['namespace/10-namespace-mlflow.yaml']);
  expect(files(`profile: local, ${OUTSIDE}`)).toEqual(['10-namespace-mlflow.yaml']);
  expect(files(`namespace: {create: false}, ${OUTSIDE}`)).toEqual([]);
});

test('Argo CD neither prunes nor deletes the Namespace and the volumes', () => {
  const made = objects('profile: local');
  const kept = made.filter(({ metadata }) => 'annotations' in metadata);
  expect(kept.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([
    'Namespace/mlflow', 'PersistentVolumeClaim/mlflow-object-store', 'PersistentVolumeClaim/mlflow-postgres',
  ]);
  for (const { metadata } of kept) expect(metadata).toMatchObject({ annotations: KEEP });
});

test('every object says which cluster it is for, where the file does, and of the pods those alone change that mark what they make', () => {
  const made = objects('{profile: local, cluster: frankfurt}', secretValues);
  for (const { metadata } of made) expect(metadata).toMatchObject({ annotations: { 'mlflow-platform/cluster': 'frankfurt' } });
  interface Pod { readonly metadata: { readonly labels: Record<string, string> } }
  const pods = (list: typeof made) => list.flatMap(({ spec }) => (spec as { template?: Pod } | undefined)?.template ?? []);
  const before = pods(objects('profile: local', secretValues));
  const changed = pods(made).filter((pod, index) => !isDeepStrictEqual(pod, before[index]));
  expect(changed.map(({ metadata }) => metadata.labels['app.kubernetes.io/component'])).toEqual(['bucket', 'database-set-up']);
});
