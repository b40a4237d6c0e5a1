import { render } from '../../lib/manifests/render';
import { environment, find, secretValues } from '../testing';

const objects = (text: string, values?: typeof secretValues) => render(environment(text), values).map(({ object }) => object);

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
