import { quantity } from '../../../lib/kit/quantity';
import type { KubernetesObject } from '../../../lib/manifests/manifest';
import { render } from '../../../lib/manifests/render';
import { allContainers, environment, manifestsOf, workloads, type Container, type Pod } from '../../testing';

/** Container, and resource of it, whose limit is more than twice its request, of all the pods of some objects. */
function unevenResources(objects: readonly KubernetesObject[]): string[] {
  return workloads(objects).flatMap(({ metadata, spec }) => allContainers(spec.template.spec).flatMap(({ name, resources }) =>
    Object.entries(resources!.limits!).filter(([amount, limit]) => quantity(limit)! > 2 * quantity(resources!.requests![amount]!)!)
      .map(([amount]) => `${metadata.name.replace(/-[0-9a-f]{8}$/, '')} ${name} ${amount}`)));
}

const OIDC = '{mode: oidc, issuer: "https://login.example.com", clientId: mlflow}';
const MINIO = 'database: {provider: external, host: db.example.com, administratorSecret: a}, '
  + 'artifactStore: {provider: minio, endpoint: "http://minio.example.com", administratorSecret: b}';

test.each([
  ['local', 'profile: local', []],
  ['with users', 'profile: local, access: {mode: basic}', []],
  ['production with a guard of Cloudflare\'s', `${MINIO}, ingress: {hosts: [a.b], tls: {provider: before-cluster}}, access: {mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, `
    + `audience: ${'a'.repeat(64)}}`, []],
  ['production with a guard of a provider\'s', `${MINIO}, ingress: {hosts: [a.b], tls: {provider: before-cluster}}, access: ${OIDC}`, []],
  ['with much room for artifacts', 'profile: local, tracking: {temporaryStorage: 100Gi}', []],
  ['with what the file itself says', 'profile: local, tracking: {resources: {requests: {cpu: 100m}}}', ['mlflow mlflow cpu']],
])('a LimitRange that allows limits of twice the request takes every container, %s', (_which, text, expected) => {
  expect(unevenResources(render(environment(`{${text}}`)).map(({ object }) => object))).toEqual(expected);
});

test.each([['local', ['mlflow mlflow cpu']], ['production', []]])('so it does of the environment %s, except what its file says', (name, expected) => {
  expect(unevenResources(manifestsOf(name).map(({ object }) => object))).toEqual(expected);
});

test.each(['local', 'production'])('the environment %s fits on two nodes of two cores, also while its server is replaced', (name) => {
  const cores = ({ resources }: Container) => quantity(resources!.requests!.cpu!)!;
  const ofPod = ({ containers, initContainers = [] }: Pod) =>
    Math.max(containers.reduce((sum, each) => sum + cores(each), 0), ...initContainers.map(cores));
  const requested = workloads(manifestsOf(name).map(({ object }) => object))
    .reduce((sum, { spec }) => sum + ofPod(spec.template.spec) * (spec.replicas === undefined ? 1 : Number(spec.replicas) + 1), 0);
  expect(requested).toBeLessThanOrEqual(3.5); // the rest is the system's
});

test('an autoscaler of nodes may take the pods of the server and of the guards, and no others', () => {
  const evictable = (text: string) => workloads(render(environment(`{${text}}`)).map(({ object }) => object))
    .filter(({ spec }) => spec.template.metadata.annotations?.['cluster-autoscaler.kubernetes.io/safe-to-evict'] === 'true').map(({ metadata }) => metadata.name);
  expect(evictable('profile: local')).toEqual(['mlflow']);
  expect(evictable(`${MINIO}, ingress: {hosts: [a.b], tls: {provider: before-cluster}}, access: ${OIDC}`)).toEqual(['mlflow-sign-in', 'mlflow']);
});
