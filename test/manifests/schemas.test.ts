import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type SchemaObject, type ValidateFunction } from 'ajv';
import { load, loadAll } from 'js-yaml';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { PersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import type { KubernetesObject, Manifest } from '../../lib/manifests/manifest';
import { render } from '../../lib/manifests/render';
import { examples } from '../examples';
import { environment, manifestsOf } from '../testing';

/*
 * kubernetes-models has the API server's schemas, but lets fields pass that they do not know. So its validator is replaced by this one.
 */
const mockAjv = new Ajv({
  strict: false,
  formats: {
    'quantity': /^\d+(\.\d+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/,
    'byte': /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
    'ipv4': true, 'ipv6': true, 'int32': true, 'int64': true, 'double': true, 'date-time': true,
  },
});

function mockStrict(schema: SchemaObject): SchemaObject {
  return JSON.parse(JSON.stringify(schema), (key, node: unknown) => {
    const { type, properties } = (node ?? {}) as SchemaObject;
    // Required by mistake of a rule with exit codes, by older releases: https://github.com/kubernetes-client/python/issues/2056
    if (key === 'required') return (node as string[]).filter((name) => name !== 'onPodConditions');
    return type === 'object' && properties ? { additionalProperties: false, ...node as object } : node;
  }) as SchemaObject;
}

jest.mock('@kubernetes-models/validate', () => ({
  register: (id: string, schema: SchemaObject) => { if (!(id in mockAjv.schemas)) mockAjv.addSchema(mockStrict(schema), id); },
  validate: (id: string, object: unknown) => { if (!mockAjv.validate(id, object)) throw new Error(mockAjv.errorsText()); },
}));

interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: SchemaObject } }[];
  };
}

const CRDS = join(__dirname, '../../imports/crds');

/** Of the operators' kinds: kind/version to what checks it, made when it is needed. */
const definitions = new Map(readdirSync(CRDS).flatMap((file) => (loadAll(readFileSync(join(CRDS, file), 'utf8')) as Definition[]).flatMap(({ spec }) =>
  spec.versions.map(({ name, schema }): [string, () => ValidateFunction] => [`${spec.names.kind}/${name}`, () => mockAjv.compile(mockStrict(schema.openAPIV3Schema))]))));

const models = [
  ConfigMap, Deployment, HorizontalPodAutoscaler, Ingress, Job, Namespace, NetworkPolicy, PersistentVolumeClaim, PodDisruptionBudget, Secret, Service,
  StatefulSet,
];

/** Throws where the API server would refuse an object, or drop a part of it. */
function check(object: KubernetesObject): void {
  const definition = definitions.get(`${object.kind}/${object.apiVersion.split('/')[1]!}`);
  if (definition) {
    const validate = definition();
    if (!validate(object)) throw new Error(mockAjv.errorsText(validate.errors));
    return;
  }
  const Model = models.find(({ kind, apiVersion }) => kind === object.kind && apiVersion === object.apiVersion);
  if (!Model) throw new Error(`there is no schema of ${object.apiVersion} ${object.kind}`);
  new Model(object).validate();
}

/** Every kind that the repository's own environments do not have. */
const atGateway = render(environment(`
database: {provider: external, host: db}
artifactStore: {provider: s3}
gateway: {hosts: [a.b], tls: {provider: cert-manager, issuer: letsencrypt}}
access: {mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: ${'a'.repeat(64)}}
internal:
  hosts: [c.d]
  tls: {provider: before-cluster}
  access: {mode: oidc, issuer: https://login.example.com, clientId: mlflow, groups: [admins]}
`)).filter(hasDefinition);

/** The definition of an EnvoyProxy is larger than all the others; the cluster checks it. */
function hasDefinition({ object: { kind } }: Manifest): boolean {
  return kind !== 'EnvoyProxy';
}

describe.each<[string, readonly Manifest[]]>([
  ['local', manifestsOf('local')], ['production', manifestsOf('production')], ['at a gateway', atGateway],
  ...examples.map(({ file, manifests }): [string, readonly Manifest[]] => [`the example ${file}`, manifests.filter(hasDefinition)]),
])('%s', (_name, manifests) => {
  test.each(manifests)('$file is valid', ({ yaml }) => {
    check(load(yaml) as KubernetesObject);
  });
});

describe('is not valid:', () => {
  const objects = [...manifestsOf('local'), ...manifestsOf('production'), ...atGateway].map(({ object }) => object);

  const unknownField = 'must NOT have additional properties';

  test.each<[string, string, (json: string) => string, string]>([
    ['a misspelt field of a container', 'Deployment', (json) => json.replace('"readinessProbe"', '"readinesProbe"'), `containers/0 ${unknownField}`],
    ['a misspelt field of a pod', 'Job', (json) => json.replace('"restartPolicy"', '"restartPolicies"'), `data/spec/template/spec ${unknownField}`],
    ['a misspelt field of an object', 'ConfigMap', (json) => json.replace('"data"', '"dataa"'), `data ${unknownField}`],
    ['a misspelt field of a ServiceMonitor', 'ServiceMonitor', (json) => json.replace('"interval"', '"intervall"'), `endpoints/0 ${unknownField}`],
    ['a misspelt field of a policy', 'SecurityPolicy', (json) => json.replace('"defaultAction"', '"defaultActions"'), `authorization ${unknownField}`],
    ['a field in the wrong place', 'Service', (json) => json.replace('"spec":{', '"spec":{"labels":{},'), `data/spec ${unknownField}`],
    ['a missing value', 'Ingress', (json) => json.replace(/,"pathType":"\w+"/, ''), 'must have required property \'pathType\''],
    ['a wrong type', 'StatefulSet', (json) => json.replace('"replicas":1', '"replicas":"1"'), 'data/spec/replicas must be integer'],
    ['a wrong quantity', 'PersistentVolumeClaim', (json) => json.replace(/\d+Gi/, '5GB'), 'storage must match format "quantity"'],
    ['a Secret not in base64', 'Secret', (json) => json.replace(/"username":"\w+/, '"username":"!'), 'username must match format "byte"'],
    ['a wrong version', 'Namespace', (json) => json.replace('"v1"', '"v2"'), 'there is no schema of v2 Namespace'],
  ])('%s', (_what, kind, change, problem) => {
    const json = JSON.stringify(objects.find((object) => object.kind === kind));
    expect(() => { check(JSON.parse(change(json)) as KubernetesObject); }).toThrow(problem);
  });
});
