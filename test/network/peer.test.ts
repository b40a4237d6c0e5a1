import { componentPeer, peerOfHost, policyPeers, type Peer } from '../../lib/network/peer';
import { testChart, testSelector } from '../testing';

const anywhere = { cidrs: ['0.0.0.0/0', '::/0'] };

test.each<[string, Peer]>([
  ['minio', {}],
  ['minio.data.svc', { namespace: 'data' }],
  ['minio.data.svc.cluster.local', { namespace: 'data' }],
  ['minio-0.minio.data.svc.cluster.local', { namespace: 'data' }],
  ['minio.data.svc.example.com', anywhere],
  ['minio.example', anywhere],
  ['minio.data.example.com', anywhere],
  ['10.20.30.40', { cidrs: ['10.20.30.40/32'] }],
])('the host %s leads to %j', (host, peer) => {
  expect(peerOfHost(host, 'cluster.local')).toEqual(peer);
});

test('pods of a component are selected in the namespace of the policy', () => {
  expect(policyPeers(componentPeer(testChart(), 'postgres'))).toEqual([{ podSelector: { matchLabels: testSelector('postgres') } }]);
});

test('pods of a namespace are selected by its name, all of them or those of a label', () => {
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': 'training' } };
  expect(policyPeers({ namespace: 'training' })).toEqual([{ namespaceSelector, podSelector: {} }]);
  expect(policyPeers({ namespace: 'training', podLabels: { team: 'a' } })).toEqual([{ namespaceSelector, podSelector: { matchLabels: { team: 'a' } } }]);
});

test('networks are named one by one', () => {
  expect(policyPeers({ cidrs: ['10.20.0.0/16', 'fd00::/16'] })).toEqual([{ ipBlock: { cidr: '10.20.0.0/16' } }, { ipBlock: { cidr: 'fd00::/16' } }]);
});

test('even where every address is meant, those that hand out credentials of the node are not', () => {
  expect(policyPeers(peerOfHost('s3.eu-west-1.amazonaws.com', 'cluster.local'))).toEqual([
    { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16', '100.100.100.200/32', '168.63.129.16/32'] } },
    { ipBlock: { cidr: '::/0', except: ['fe80::/10', 'fd00:ec2::/32', 'fd20:ce::/32'] } },
  ]);
});

