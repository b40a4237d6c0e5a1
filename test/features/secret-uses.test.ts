import { expectedSecrets, secretUses } from '../../lib/features/secret-uses';
import { environment } from '../testing';

const OIDC = '{mode: oidc, issuer: "https://login.example.com", clientId: mlflow}';
const OUTSIDE = 'database: {provider: external, host: db.example.com}, artifactStore: {provider: minio, endpoint: "http://minio.example.com:9000"}';

/** Names of the Secrets that are made for an environment. */
function made(text: string): string[] {
  return secretUses(environment(`{${text}}`)).filter(({ maker }) => typeof maker === 'object').map(({ name }) => name);
}

/** Names of the Secrets that people make. */
function expected(text: string): string[] {
  return expectedSecrets(environment(`{${text}}`)).map(({ name }) => name);
}

const EMBEDDED = [
  'mlflow-database-generated', 'mlflow-database-administrator-generated', 'mlflow-object-store-generated', 'mlflow-object-store-administrator-generated',
];
const KEYS = 'mlflow-server-keys-generated';

test('locally the Secrets of embedded parts and of the server itself are made, under names that nobody else uses', () => {
  expect(made('profile: local')).toEqual([...EMBEDDED, KEYS]);
  expect(expected('profile: local')).toEqual([]);
  expect(made('profile: local, access: {mode: basic}')).toEqual([...EMBEDDED, KEYS, 'mlflow-administrator-generated']);
  expect(made(`profile: local, ingress: {hosts: [a.b]}, access: ${OIDC}`)).toEqual([...EMBEDDED, KEYS, 'mlflow-oidc-cookies-generated']);
});

test('never those of servers that others run, nor those of a provider', () => {
  expect(made(`profile: local, ${OUTSIDE}`)).toEqual([KEYS]);
  expect(expected(`profile: local, ${OUTSIDE}`)).toEqual(['mlflow-database', 'mlflow-object-store']);
  expect(expected(`profile: local, ${OUTSIDE.replace('db.example.com', 'db.example.com, administratorSecret: a').replace('9000"', '9000", administratorSecret: b')}`))
    .toEqual(['mlflow-database', 'a', 'mlflow-object-store', 'b']);
  expect(expected('profile: local, artifactStore: {provider: s3}')).toEqual(['mlflow-object-store']);
  expect(expected(`profile: local, ingress: {hosts: [a.b]}, access: ${OIDC}`)).toEqual(['mlflow-oidc']);
});

test('what the file names exists, locally too', () => {
  expect(made('profile: local, tracking: {keysSecret: mine}')).not.toContain(KEYS);
  expect(expected('profile: local, tracking: {keysSecret: mine}')).toEqual(['mine']);
  expect(expected('profile: local, access: {mode: basic, administratorSecret: first}')).toEqual(['first']);
  expect(expected(`profile: local, ingress: {hosts: [a.b]}, access: ${OIDC.replace('}', ', cookieSecret: cookies}')}`)).toEqual(['mlflow-oidc', 'cookies']);
});

test('in production nothing is made', () => {
  const text = `${OUTSIDE}, ingress: {hosts: [a.b], tls: {provider: secret, secret: tls}}, access: ${OIDC}`;
  expect(made(text)).toEqual([]);
  expect(expected(text)).toEqual(['mlflow-database', 'mlflow-object-store', 'mlflow-server-keys', 'mlflow-oidc', 'mlflow-oidc-cookies', 'tls']);
});

test('cert-manager makes the Secret of its certificate', () => {
  const text = `profile: local, gateway: {hosts: [a.b], tls: {provider: cert-manager, issuer: i}}, access: ${OIDC}`;
  expect(expected(text)).toEqual(['mlflow-oidc']);
});

test('no administrator is invented for the users in a database of others, who may have one', () => {
  const text = 'profile: local, access: {mode: basic}, database: {provider: external, host: db.example.com}';
  expect(expected(text)).toEqual(['mlflow-database', 'mlflow-administrator']);
  expect(made(text)).not.toContain('mlflow-administrator-generated');
});

test('entrances share what the file says once', () => {
  const text = `profile: local, ingress: {hosts: [a.b], tls: {provider: secret, secret: tls}}, access: ${OIDC}, internal: {hosts: [c.d]}`;
  expect(expected(text)).toEqual(['mlflow-oidc', 'tls']);
});
