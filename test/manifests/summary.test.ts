import type { Manifest } from '../../lib/manifests/manifest';
import { summary, summaryRow } from '../../lib/manifests/summary';
import { environment } from '../testing';

const running = (...images: string[]): Manifest => ({
  file: '17-deployment-thing.yaml',
  object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'thing' } },
  yaml: `spec:\n  containers:\n${images.map((image) => `    - image: ${image}\n`).join('')}`,
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
  ['an Ingress with TLS', 'ingress: {hosts: [a.b], tls: {provider: secret, secret: tls}}', ['https://a.b']],
  ['a port on every node', 'service: {type: NodePort, nodePort: 30500}', ['http://<a node>:30500']],
  ['neither', 'namespace: {name: ml}', ['kubectl -n ml port-forward svc/mlflow 5000']],
])('tells the UI\'s address with %s', (_what, text, addresses) => {
  const table = summary([rowOf('test', `{profile: local, ${text}}`)]);
  for (const address of addresses) expect(table).toContain(`│ ${address} `);
});

test('names the first twenty of more environments, and counts the others', () => {
  const rows = Array.from({ length: 21 }, (_, index) => rowOf(`e${index}`, 'profile: local'));
  expect(summary(rows.slice(0, 20))).not.toContain('more');
  const table = summary(rows);
  expect(table).toContain('│ e19 ');
  expect(table).not.toContain('│ e20 ');
  expect(table).toMatch(/\nand 1 more, 21 in all$/);
});
