import { connectionsOf, type Part } from '../../../lib/kit/network/connection';
import { NetworkPolicies } from '../../../lib/kit/network/network-policies';
import { componentPeer } from '../../../lib/kit/network/peer';
import { dns, find, objectsOf, testChart, testSelector } from '../../testing';

const chart = testChart();
const server = { ...componentPeer(chart, 'server'), port: 5000 };
const database = { cidrs: ['10.20.0.0/16'], port: 5432 };
const client: Part = { components: ['client'], connections: connectionsOf(chart, 'client', [server, database]) };
const itself: Part = { components: ['server'], connections: [{ from: { namespace: 'training' }, to: server }, { from: { namespace: 'monitoring' }, to: { ...server, port: 9464 } }] };

const objects = (...parts: Part[]) => objectsOf(new NetworkPolicies(testChart(), 'Test', { parts, dns }));
const pods = (component: string) => ({ podSelector: { matchLabels: testSelector(component) } });

test('what one part says of a connection is let through at both of its ends', () => {
  const both = objects(client, itself);
  expect(find(both, 'NetworkPolicy', 'mlflow-client').spec).toMatchObject({
    ...pods('client'),
    egress: [{ to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'dns' } } }] },
      { to: [pods('server')], ports: [{ port: 5000 }] }, { to: [{ ipBlock: { cidr: '10.20.0.0/16' } }], ports: [{ port: 5432 }] }],
  });
  expect(find(both, 'NetworkPolicy', 'mlflow-server').spec).toMatchObject({
    ...pods('server'),
    ingress: [
      { from: [pods('client'), { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'training' } } }], ports: [{ port: 5000 }] },
      { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }], ports: [{ port: 9464 }] },
    ],
  });
});

test('who connects to nobody does not ask DNS, and who nobody connects to lets nobody in', () => {
  expect(find(objects(client, itself), 'NetworkPolicy', 'mlflow-server').spec).not.toHaveProperty('egress');
  expect(find(objects(client, itself), 'NetworkPolicy', 'mlflow-client').spec).not.toHaveProperty('ingress');
});

test('a part that is missing is an error, since its pods would have no policy', () => {
  expect(() => objects(client)).toThrow('no part has the component server, which has a connection');
  expect(() => objects({ components: [], connections: connectionsOf(chart, 'job', [database]) })).toThrow('no part has the component job');
});
