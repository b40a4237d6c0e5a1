import ipaddr from 'ipaddr.js';
import { componentPeer, peerOfHost, policyPeers, type Peer } from '../../../lib/kit/network/peer';
import { testChart, testSelector } from '../../testing';

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

describe('where every address is meant', () => {
  const blocks = policyPeers(peerOfHost('s3.eu-west-1.amazonaws.com', 'cluster.local')).map(({ ipBlock }) => ipBlock!);
  const isIn = (address: string, network: string) => {
    const [parsed, range] = [ipaddr.parse(address), ipaddr.parseCIDR(network)];
    return parsed.kind() === range[0].kind() && parsed.match(range);
  };
  const isReached = (address: string) => blocks.some(({ cidr, except = [] }) => isIn(address, cidr) && !except.some((each) => isIn(address, each)));

  test.each([
    ['Amazon', '169.254.169.254'], ['Amazon\'s containers', '169.254.170.2'], ['Amazon\'s pods', '169.254.170.23'], ['Amazon', 'fd00:ec2::254'], ['Amazon\'s pods', 'fd00:ec2::23'],
    ['Google', 'fd20:ce::254'], ['Azure', '168.63.129.16'], ['Alibaba', '100.100.100.200'], ['Alibaba', 'fd00:100::100:200'], ['Oracle', '192.0.0.192'],
    ['Oracle', 'fd00:c1::a9fe:a9fe'], ['Scaleway', '169.254.42.42'], ['Scaleway', 'fd00:42::42'], ['Akamai', 'fd00:a9fe:a9fe::1'], ['OpenStack', 'fe80::a9fe:a9fe'],
  ])('that at which %s hands out credentials of the node is not: %s', (_cloud, address) => {
    expect(isReached(address)).toBe(false);
  });

  test.each(['52.218.0.1', '10.20.30.40', '100.100.100.201', '2a05:d000::1', 'fd12:3456::1'])('%s is', (address) => {
    expect(isReached(address)).toBe(true);
  });
});
