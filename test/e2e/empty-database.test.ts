import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { FULL } from './form';
import { apply, complete, deleteNamespaces, eventually, kubectl, leaveNamespaces, logs, pods, restarts, rolledOut } from './kubectl';
import { Workspace } from './platform';
import { embeddedPostgres, sql } from './sql';

const NAMESPACE = 'e2e-empty-database';
const postgres = embeddedPostgres(NAMESPACE);
const manifests = new Workspace('empty').write({ profile: 'local', namespace: { name: NAMESPACE }, tracking: {
  replicas: 3, resources: { requests: { cpu: '50m', memory: '384Mi' }, limits: { cpu: '2', memory: '1Gi' } },
} }).render();

async function emptyDatabase(): Promise<void> {
  await kubectl(['-n', NAMESPACE, 'delete', 'deployment', 'mlflow', '--ignore-not-found', '--cascade=foreground']);
  await kubectl(['-n', NAMESPACE, 'delete', 'jobs', '--all', '--cascade=foreground']);
  await eventually(60, async () => sql(postgres, 'postgres', 'DROP DATABASE IF EXISTS mlflow WITH (FORCE)'));
}

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE);
  await apply(manifests);
  await rolledOut(NAMESPACE, 'statefulset/mlflow-postgres', 120);
});

afterAll(() => leaveNamespaces(NAMESPACE));

test.each(FULL ? [1, 2, 3, 4, 5] : [1])('three replicas at once on an empty database: no restart, one schema (time %d)', async () => {
  await emptyDatabase();
  await apply(manifests);
  await rolledOut(NAMESPACE, 'deployment/mlflow', 180);
  const found = await pods(NAMESPACE, 'tracking-server');
  expect(found).toHaveLength(3);
  expect(restarts(found)).toBe(0);
  expect((await logs(NAMESPACE, 'schema')).match(/migrating the schema from nothing/g)).toHaveLength(1);
  expect(await logs(NAMESPACE, 'tracking-server')).not.toContain('Creating initial MLflow database tables');
  expect(await sql(postgres, 'mlflow', 'SELECT count(*) FROM alembic_version')).toEqual(['1']);
  expect(await sql(postgres, 'mlflow', 'SELECT count(*) FROM experiments')).toEqual(['1']);
});

test('three schema Jobs at once migrate once', async () => {
  await emptyDatabase();
  await apply(join(manifests, '17-job-mlflow-database-set-up.yaml'));
  await complete(NAMESPACE, 'database-set-up');
  const job = load(readFileSync(join(manifests, '17-job-mlflow-schema.yaml'), 'utf8')) as { spec: object };
  await kubectl(['apply', '-f', '-'], JSON.stringify({ ...job, spec: { ...job.spec, parallelism: 3, completions: 3 } }));
  await complete(NAMESPACE, 'schema', 180);
  const log = await logs(NAMESPACE, 'schema');
  expect(log.match(/migrating the schema from nothing/g)).toHaveLength(1);
  expect(log.match(/is at \w+ already/g)).toHaveLength(2);
});
