import { allowedHosts, corsOrigins, type ReachableBy } from '../../../lib/features/tracking-server/allowed-hosts';

const least: ReachableBy = { service: 'mlflow', namespace: 'ml', clusterDomain: 'cluster.local', hosts: [] };
const inCluster = [
  'mlflow', 'mlflow:5000', 'mlflow.ml', 'mlflow.ml:5000', 'mlflow.ml.svc', 'mlflow.ml.svc:5000',
  'mlflow.ml.svc.cluster.local', 'mlflow.ml.svc.cluster.local:5000',
];
const addresses = ['*[.][0-9]:30500', '*[.][0-9][0-9]:30500', '*[.][0-9][0-9][0-9]:30500', '*]:30500'];
const onThisMachine = ['localhost', 'localhost:*', '127.0.0.1', '127.0.0.1:*', '[::1]', '[[]::1]:*'];

test.each<[string, Partial<ReachableBy>, string[]]>([
  ['the names of the Service, and a port-forward', {}, [...inCluster, ...onThisMachine]],
  ['hosts of the Ingress with the ports that clients may name', { hosts: ['a.b'] }, [...inCluster, 'a.b', 'a.b:80', 'a.b:443', ...onThisMachine]],
  ['hosts and addresses with the port on every node', { hosts: ['a.b'], nodePort: 30500 },
    [...inCluster, 'a.b', 'a.b:80', 'a.b:443', ...onThisMachine, 'a.b:30500', ...addresses]],
])('answers %s', (_what, props, expected) => {
  expect(allowedHosts({ ...least, ...props })).toEqual(expected);
});

test('all together', () => {
  const all: Required<ReachableBy> = { ...least, clusterDomain: 'k8s.example', hosts: ['a.b'], nodePort: 30500 };
  expect(allowedHosts(all)).toEqual(expect.arrayContaining(['mlflow.ml.svc.k8s.example:5000', 'a.b:30500', 'localhost:*', '*]:30500']));
});

test('pages of the hosts may change something, by https where people see it', () => {
  const least = { pages: [{ host: 'a.b', encrypted: true }, { host: 'c.d', encrypted: false }] };
  expect(corsOrigins(least)).toEqual(['https://a.b', 'http://c.d']);
  expect(corsOrigins({ ...least, nodePort: 30500 })).toEqual(['https://a.b', 'http://c.d', 'http://a.b:30500', 'http://c.d:30500', ...addresses.map((address) => `http://${address}`)]);
});
