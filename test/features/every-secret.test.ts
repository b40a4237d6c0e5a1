import { environmentJsonSchema } from '../../lib/environment/json-schema';
import { render } from '../../lib/manifests/render';
import { expectedSecrets, secretUses } from '../../lib/features/secret-uses';
import { references } from '../decided';
import { environment, workloads } from '../testing';

/*
 * Pods wait without a word for a Secret that nobody makes. So whatever Secret a file names, one of three makes it: this program, which renders it;
 * people, and then the summary announces it; or the cluster.
 */

const OIDC = '{mode: oidc, issuer: "https://login.example.com", clientId: mlflow, secret: named-client, cookieSecret: named-cookies, caSecret: named-authorities}';
const TLS = '{provider: secret, secret: named-certificate}';

/** Files that name, between them, every Secret that a file can name. */
const naming = [
  'profile: local, tracking: {keysSecret: named-keys, caSecret: named-authorities}',
  'profile: local, access: {mode: basic, administratorSecret: named-administrator}',
  `profile: local, ingress: {hosts: [a.b], tls: ${TLS}}, access: ${OIDC}, internal: {hosts: [c.d], tls: ${TLS}, access: ${OIDC}}`,
  `profile: local, gateway: {hosts: [a.b], tls: ${TLS}}, access: ${OIDC}`,
  'profile: local, database: {provider: external, host: db.example.com, sslMode: verify-full, secret: named-role, administratorSecret: named-administrator, '
    + 'caSecret: named-authorities, clientCertificateSecret: named-client}',
  'profile: local, artifactStore: {provider: minio, endpoint: "https://minio.example.com:9000", secret: named-user, administratorSecret: named-administrator, '
    + 'caSecret: named-authorities}',
  'profile: local, artifactStore: {provider: s3, secret: named-user, caSecret: named-authorities}',
];

/** The paths at which the schema has the name of a Secret. */
function secretPaths(schema: unknown, path: readonly string[] = []): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, anyOf = [], oneOf = [] } = schema as { properties?: object; anyOf?: object[]; oneOf?: object[] };
  const own = Object.entries(properties).flatMap(([key, value]) => {
    const isName = (value as { type?: string }).type === 'string' && /secret$/i.test(key);
    return isName ? [[...path, key].join('.')] : secretPaths(value, [...path, key]);
  });
  return [...own, ...[...anyOf, ...oneOf].flatMap((each) => secretPaths(each, path))];
}

test.each(naming)('every Secret of a local platform is made or announced: %s', (text) => {
  const { values, announced, ofCluster, read } = secretsOf(text);
  expect(read.filter((name) => name.startsWith('named-'))).not.toEqual([]);
  expect(read.filter((name) => ![...values, ...announced, ...ofCluster].includes(name))).toEqual([]);
});

function secretsOf(text: string) {
  const parsed = environment(`{${text}}`);
  const uses = secretUses(parsed);
  const generated = Object.fromEntries(uses.filter(({ maker }) => typeof maker === 'object')
    .map(({ name, keys }) => [name, Object.fromEntries(keys.map((key) => [key, 'x'.repeat(32)]))]));
  const objects = render(parsed, generated).map(({ object }) => object);
  const ofPods = workloads(objects).flatMap(({ spec }) => references(spec.template.spec))
    .flatMap((reference) => /^Secret\/([^.]+)/.exec(reference)?.[1] ?? []);
  return {
    read: [...new Set(ofPods)],
    values: objects.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name),
    announced: expectedSecrets(parsed).map(({ name }) => name),
    ofCluster: uses.filter(({ maker }) => maker === 'cluster').map(({ name }) => name),
  };
}

test('these files name every Secret that a file can name', () => {
  const named = naming.flatMap((text) => secretUses(environment(`{${text}}`)).filter(({ name }) => name.startsWith('named-')).map(({ path }) => path));
  const paths = [...new Set(secretPaths(environmentJsonSchema()))].filter((path) => path !== 'internal.access.administratorSecret'); // a mode that is refused there
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !named.includes(path))).toEqual([]);
});
