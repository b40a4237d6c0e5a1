import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageReference, images, isOlder, MLFLOW_VERSION, mlflowImage, OLDEST_MLFLOW_VERSION, TRIED_MLFLOW_VERSIONS } from '../lib/versions';

test('an image is named by its tag, and by its digest where it has one', () => {
  expect(imageReference({ repository: 'example.com/thing', tag: '1.2.3' })).toBe('example.com/thing:1.2.3');
  expect(imageReference({ repository: 'example.com/thing', tag: '1.2.3', digest: 'sha256:abc' })).toBe('example.com/thing:1.2.3@sha256:abc');
});

test('MLflow\'s image is the one with database drivers', () => {
  expect(imageReference(mlflowImage('3.17.2'))).toBe('ghcr.io/mlflow/mlflow:v3.17.2-full');
});

test('every version is a fixed one', () => {
  expect(MLFLOW_VERSION).toMatch(/^\d+\.\d+\.\d+$/);
  for (const { tag } of Object.values(images)) expect(tag).toMatch(/\d/);
});

test('the oldest release that is allowed is the first without the holes that its reason names', () => {
  const first = [...OLDEST_MLFLOW_VERSION.reason.matchAll(/before (\d+\.\d+\.\d+)/g)].map(([, version]) => version!);
  expect(first.length).toBeGreaterThan(1);
  for (const version of first) expect(isOlder(OLDEST_MLFLOW_VERSION.version, version)).toBe(false);
});

test('the releases that were tried begin with the oldest that is allowed, and hold the newest', () => {
  expect(TRIED_MLFLOW_VERSIONS[0]).toBe(OLDEST_MLFLOW_VERSION.version);
  expect(TRIED_MLFLOW_VERSIONS.at(-1)).toBe(MLFLOW_VERSION);
});

test('the end-to-end tests load the Envoy that is run', () => {
  expect(readFileSync(join(__dirname, 'e2e/images.yaml'), 'utf8')).toContain(`image: ${imageReference(images.envoy)}\n`);
});
