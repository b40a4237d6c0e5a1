import type { Manifest } from '../../lib/manifests/manifest';
import { summary, summaryRow } from '../../lib/manifests/summary';
import { environment } from '../testing';

const running = (...images: string[]): Manifest => ({
  file: '17-deployment-thing.yaml',
  object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'thing' }, spec: { template: { spec: { containers: images.map((image) => ({ image })) } } } },
  yaml: '',
});

function rowOf(name: string, text: string, ...manifests: Manifest[]) {
  return summaryRow({ environment: environment(text, name), manifests, folder: `dist/${name}` });
}

test('tells for each environment how many objects, which images, where the UI is and what to do', () => {
  expect(summary([
    rowOf('local', 'profile: local', running('z:2', 'a:1'), running('a:1')),
    rowOf('test', '{profile: local, ingress: {hosts: [a.b]}}', running('z:2')),
  ])).toBe(`
┌─────────────┬─────────┬────────┬────────────────────────────────────────────────┬─────────────────────────────┐
│ environment │ objects │ images │ UI                                             │ next                        │
├─────────────┼─────────┼────────┼────────────────────────────────────────────────┼─────────────────────────────┤
│ local       │ 2       │ a:1    │ http://localhost:5000 after                    │ kubectl apply -f dist/local │
│             │         │ z:2    │ kubectl -n mlflow port-forward svc/mlflow 5000 │                             │
├─────────────┼─────────┼────────┼────────────────────────────────────────────────┼─────────────────────────────┤
│ test        │ 1       │ z:2    │ http://a.b                                     │ kubectl apply -f dist/test  │
└─────────────┴─────────┴────────┴────────────────────────────────────────────────┴─────────────────────────────┘`.trimStart());
});

test.each([
  ['an Ingress', 'ingress: {hosts: [a.b, c.d]}', ['http://a.b', 'http://c.d']],
  ['an Ingress with TLS', 'ingress: {hosts: [a.b], tls: {provider: before-cluster}}', ['https://a.b']],
  ['a port on every node', 'service: {type: NodePort, nodePort: 30500}', ['http://<a node\'s address>:30500']],
  ['neither', 'namespace: {name: ml}', ['kubectl -n ml port-forward svc/mlflow 5000']],
])('tells the UI\'s address with %s', (_what, text, addresses) => {
  const table = summary([rowOf('test', `{profile: local, ${text}}`)]);
  for (const address of addresses) expect(table).toContain(`│ ${address} `);
});

test('images are those of containers, those that run first as well, and not what a file in a ConfigMap says', () => {
  const object = (spec: object) => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'thing' }, ...spec });
  const cron = { spec: { jobTemplate: { spec: { template: { spec: { initContainers: [{ image: 'b:1' }], containers: [{ image: 'a:1' }] } } } } } };
  const table = summary([rowOf('test', 'profile: local', ...[cron, { data: { 'pod.yaml': 'image: c:1\n' } }].map((each) => ({ file: 'a', object: object(each), yaml: 'image: c:1\n' })))]);
  expect(table).toContain('│ a:1 ');
  expect(table).toContain('│ b:1 ');
  expect(table).not.toContain('c:1');
});

test('a Namespace apart is applied first', () => {
  const namespace: Manifest = { file: 'namespace/10-namespace-a.yaml', object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }, yaml: '' };
  expect(summary([rowOf('test', 'profile: local', namespace, running('a:1'))])).toContain('│ kubectl apply -f dist/test/namespace -f dist/test ');
});

test('the Secrets that must exist are told, each with its keys', () => {
  const text = '{namespace: {name: ml}, database: {provider: external, host: db.example.com, administratorSecret: admin}, artifactStore: {provider: s3}, '
    + 'ingress: {hosts: [a.b], tls: {provider: secret, secret: tls}}, access: {mode: basic}}';
  expect(summary([rowOf('local', 'profile: local'), rowOf('test', text)]).split('\n').slice(-2)).toEqual([
    expect.stringMatching(/^└/),
    'test: these Secrets must exist in the namespace ml: mlflow-database (username, password), admin (username, password), mlflow-object-store (access-key-id, secret-access-key), '
    + 'mlflow-server-keys (flask-secret-key, kek-passphrase, webhook-key), mlflow-administrator (username, password), tls (tls.crt, tls.key)',
  ]);
});

test('names the first twenty of more environments, and counts the others', () => {
  const rows = Array.from({ length: 21 }, (_, index) => rowOf(`e${index}`, 'profile: local'));
  expect(summary(rows.slice(0, 20))).not.toContain('more');
  const table = summary(rows);
  expect(table).toContain('│ e19 ');
  expect(table).not.toContain('│ e20 ');
  expect(table).toMatch(/\nand 1 more, 21 in all$/);
});

test('names the first five of many hosts, and is drawn at once', () => {
  const hosts = (count: number) => Array.from({ length: count }, (_, index) => `h${index}.example.com`).join(', ');
  const start = process.cpuUsage();
  const table = summary([rowOf('test', `{profile: local, ingress: {hosts: [${hosts(1000)}]}}`)]);
  expect(process.cpuUsage(start).user).toBeLessThan(1e6);
  expect(table).toContain('│ http://h4.example.com ');
  expect(table).toContain('│ and 995 more ');
  expect(table).not.toContain('h5.example.com');
  expect(summary([rowOf('test', `{profile: local, ingress: {hosts: [${hosts(6)}]}}`)])).toContain('│ http://h5.example.com ');
});
