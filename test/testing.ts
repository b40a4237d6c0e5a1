import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Bucket } from '../lib/features/artifact-store/bucket';
import type { DatabaseConnection } from '../lib/features/database/connection';
import { DatabaseClient } from '../lib/features/database/database-client';
import { Schema } from '../lib/features/database/schema';
import type { Environment } from '../lib/features/environment';
import { loadEnvironments, parseEnvironment } from '../lib/environment/load';
import { StagedFiles } from '../lib/kit/files/staged-files';
import type { KubernetesObject, Manifest } from '../lib/manifests/manifest';
import { render } from '../lib/manifests/render';
import { stageManifests, type Output } from '../lib/manifests/write';
import type { Peer } from '../lib/kit/network/peer';
import type { SecretReference } from '../lib/kit/secrets/secret-environment';
import type { SecretValues } from '../lib/kit/secrets/secret-use';
import type { TrackingServerProps } from '../lib/features/tracking-server/tracking-server-props';
import { environmentLabels } from '../lib/kit/workload/labels';

/** A chart like that of an environment called "test", to put a construct into. */
export function testChart(): Chart {
  return new Chart(new App(), 'test', { namespace: 'mlflow', labels: environmentLabels('test'), disableResourceNameHashes: true });
}

/** What selects the pods of a component in such a chart. */
export function testSelector(component: string): Record<string, string> {
  return { 'app.kubernetes.io/name': 'mlflow', 'app.kubernetes.io/instance': 'test', 'app.kubernetes.io/component': component };
}

/** Everything that the chart of a construct renders. */
export function objectsOf(construct: Construct): KubernetesObject[] {
  return Chart.of(construct).toJson() as KubernetesObject[];
}

/** The one object of a kind, and of a name where there are several. */
export function find(objects: readonly KubernetesObject[], kind: string, name?: string): KubernetesObject {
  const found = objects.filter((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
  if (found.length !== 1) throw new Error(`there are ${found.length} of ${kind} ${name ?? ''}`);
  return found[0]!;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string }; readonly secretRef?: object }[];
  readonly ports?: readonly { readonly hostPort?: number }[];
  readonly resources?: { readonly requests?: Record<string, string>; readonly limits?: Record<string, string> };
  readonly securityContext?: Record<string, unknown>;
  readonly readinessProbe?: { readonly timeoutSeconds?: number };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [field: string]: unknown;
}

interface Source {
  readonly name: string;
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

export interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly sizeLimit?: string };
  readonly configMap?: Source;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly projected?: { readonly sources: readonly { readonly secret: Source }[] };
}

export interface Pod {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly securityContext?: Record<string, unknown>;
  readonly [field: string]: unknown;
}

/** An object that makes pods, as its kind's part of the API has it: the template's place is that of a Deployment in all of them. */
export interface Workload extends KubernetesObject {
  readonly spec: {
    readonly selector?: { readonly matchLabels: Record<string, string> };
    readonly template: PodTemplate;
    readonly [field: string]: unknown;
  };
}

interface PodTemplate {
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec: Pod;
}

/**
 * The objects that make pods, found by their structure, so that no kind escapes a test: those with a template of pods, those with one of Jobs, and
 * pods themselves.
 */
export function workloads(objects: readonly KubernetesObject[]): Workload[] {
  return objects.flatMap((object) => {
    const template = templateOf(object);
    return template ? [{ ...object, spec: { ...object.spec as object, template } }] : [];
  });
}

function templateOf({ metadata, spec }: KubernetesObject): PodTemplate | undefined {
  const { template, jobTemplate, containers } = (spec ?? {}) as { template?: PodTemplate; jobTemplate?: KubernetesObject; containers?: object };
  if (template?.spec) return template;
  if (jobTemplate) return templateOf(jobTemplate);
  return containers ? { metadata, spec } as unknown as PodTemplate : undefined;
}

/** The one object of a kind that makes pods. */
export function workload(objects: readonly KubernetesObject[], kind: string): Workload {
  return find(workloads(objects), kind) as Workload;
}

/** The pod of the one object of a kind. */
export function podOf(objects: readonly KubernetesObject[], kind: string): Pod {
  return workload(objects, kind).spec.template.spec;
}

/** All the containers of a pod, those that run first as well. */
export function allContainers({ containers, initContainers = [] }: Pod): Container[] {
  return [...initContainers, ...containers];
}

/** The plain values of a container's variables. */
export function variables({ env = [] }: Container): Record<string, string | undefined> {
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

/** The files that a pod finds in a projected volume: `Secret/key` to name. */
export function secretFiles({ volumes = [] }: Pod, name: string): Record<string, string> {
  const sources = volumes.find((volume) => volume.name === name)?.projected?.sources ?? [];
  return Object.fromEntries(sources.flatMap(({ secret }) => (secret.items ?? []).map(({ key, path }) => [`${secret.name}/${key}`, path])));
}

export function secret(name: string, revision = '1'): SecretReference {
  return { name, revision };
}

export const database: DatabaseConnection = {
  host: 'db.example.com', port: 5433, name: 'tracking', sslMode: 'verify-full', secret: secret('the-database'),
  destination: { namespace: 'data', port: 5433 },
};

/** What a pod of a chart connects to that database with. */
export function databaseClient(chart: Chart, change: Partial<DatabaseConnection> = {}): DatabaseClient {
  return new DatabaseClient(chart, 'Database', { ...database, ...change });
}

export const dns: readonly Peer[] = [{ namespace: 'dns' }];

export const bucket: Bucket = { name: 'artifacts', region: 'eu-west-1', secret: secret('the-bucket'), destination: { cidrs: ['10.20.0.0/16'], port: 443 } };

/** The least that a tracking server in a chart needs. */
export function leastTrackingServer(chart: Chart, connection?: Partial<DatabaseConnection>): TrackingServerProps {
  const version = '3.17.2';
  const database = databaseClient(chart, connection);
  return {
    version,
    workers: 2,
    threads: 4,
    resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '1', memory: '2Gi' } },
    largestRequest: 2 ** 25,
    temporaryStorage: '4Gi',
    database,
    schema: new Schema(chart, 'Schema', { version, database }),
    artifacts: bucket,
    keys: secret('the-keys'),
    allowedHosts: ['mlflow', 'mlflow:5000'],
  };
}

/** What a good environment file of that text says. */
export function environment(text: string, name = 'test'): Environment {
  const spec = parseEnvironment(text);
  if (Array.isArray(spec)) throw new Error(spec.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return { name, ...spec };
}

const random = (letter: string) => letter.repeat(43);

/** Values like those that `generatedSecrets` makes, the same every time. */
export const secretValues: SecretValues = {
  'mlflow-administrator-generated': { username: 'admin', password: random('h') },
  'mlflow-database-generated': { username: 'mlflow', password: random('a') },
  'mlflow-database-administrator-generated': { username: 'postgres', password: random('b') },
  'mlflow-object-store-generated': { 'access-key-id': 'mlflow', 'secret-access-key': random('c') },
  'mlflow-object-store-administrator-generated': { 'access-key-id': 'administrator', 'secret-access-key': random('d') },
  'mlflow-server-keys-generated': { 'flask-secret-key': random('e'), 'kek-passphrase': random('f'), 'webhook-key': `${random('g')}=` },
};

/** The manifests of the repository's environment of a name, with the values of Secrets where it has its own. */
export function manifestsOf(name: string): Manifest[] {
  const [environment] = loadEnvironments(join(__dirname, '../environments'), [name], () => undefined);
  return manifestsWithValues(environment!);
}

/** The same of a good environment file of that text. */
export function manifestsIn(text: string): Manifest[] {
  return manifestsWithValues(environment(text));
}

function manifestsWithValues(environment: Environment): Manifest[] {
  return render(environment, environment.profile === 'local' ? secretValues : undefined);
}

/** Writes manifests as the program does, and returns its warnings. */
export function writeManifests(output: Output): string[] {
  const staged = new StagedFiles();
  const warnings = stageManifests(staged, output);
  staged.commit();
  return warnings;
}

/** Runs `use` with a folder that is there for it only. */
export function inTemporaryFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'mlflow-platform-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** All the files in a folder, and what is in them. */
export function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => statSync(join(folder, file)).isFile());
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}
