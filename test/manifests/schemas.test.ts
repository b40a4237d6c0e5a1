import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type SchemaObject } from 'ajv';
import { load } from 'js-yaml';
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
import type { KubernetesObject } from '../../lib/manifests/manifest';
import { manifestsOf } from '../testing';

/*
 * kubernetes-models has the API server's schemas, but lets fields pass that they do not know. So its validator is replaced by this one.
 */
const mockAjv = new Ajv({
  strict: false,
  formats: {
    'quantity': /^\d+(\.\d+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/,
    'byte': /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
    'int32': true, 'int64': true, 'double': true, 'date-time': true,
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
  readonly spec: { readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: SchemaObject } }[] };
}
const definition = load(readFileSync(join(__dirname, '../../imports/crds/monitoring.coreos.com_servicemonitors.yaml'), 'utf8')) as Definition;
const validateServiceMonitor = mockAjv.compile(mockStrict(definition.spec.versions.find(({ name }) => name === 'v1')!.schema.openAPIV3Schema));

const models = [
  ConfigMap, Deployment, HorizontalPodAutoscaler, Ingress, Job, Namespace, NetworkPolicy, PersistentVolumeClaim, PodDisruptionBudget, Secret, Service,
  StatefulSet,
];

/** Throws where the API server would refuse an object, or drop a part of it. */
function check(object: KubernetesObject): void {
  if (object.kind === 'ServiceMonitor') {
    if (!validateServiceMonitor(object)) throw new Error(mockAjv.errorsText(validateServiceMonitor.errors));
    return;
  }
  const Model = models.find(({ kind, apiVersion }) => kind === object.kind && apiVersion === object.apiVersion);
  if (!Model) throw new Error(`there is no schema of ${object.apiVersion} ${object.kind}`);
  new Model(object).validate();
}

describe.each(['local', 'production'])('%s', (name) => {
  test.each(manifestsOf(name))('$file is valid', ({ yaml }) => {
    check(load(yaml) as KubernetesObject);
  });
});

describe('is not valid:', () => {
  const objects = [...manifestsOf('local'), ...manifestsOf('production')].map(({ object }) => object);

  const unknownField = 'must NOT have additional properties';

  test.each<[string, string, (json: string) => string, string]>([
    ['a misspelt field of a container', 'Deployment', (json) => json.replace('"readinessProbe"', '"readinesProbe"'), `containers/0 ${unknownField}`],
    ['a misspelt field of a pod', 'Job', (json) => json.replace('"restartPolicy"', '"restartPolicies"'), `data/spec/template/spec ${unknownField}`],
    ['a misspelt field of an object', 'ConfigMap', (json) => json.replace('"data"', '"dataa"'), `data ${unknownField}`],
    ['a misspelt field of a ServiceMonitor', 'ServiceMonitor', (json) => json.replace('"interval"', '"intervall"'), `endpoints/0 ${unknownField}`],
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
