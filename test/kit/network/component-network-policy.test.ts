import { ComponentNetworkPolicy, type ComponentNetworkPolicyProps } from '../../../lib/kit/network/component-network-policy';
import { dns, find, objectsOf, testChart, testSelector } from '../../testing';

const all: Required<ComponentNetworkPolicyProps> = {
  component: 'thing',
  from: [{ peer: { namespace: 'training' }, port: 8080 }, { peer: { namespace: 'monitoring' }, port: 9464 }, { peer: { cidrs: ['10.20.0.0/16'] }, port: 8080 }],
  to: [{ namespace: 'data', port: 5432 }],
  dns,
};

const dnsPorts = [53, 1053, 5353].flatMap((port) => [{ port, protocol: 'UDP' }, { port, protocol: 'TCP' }]);
const policy = (props: ComponentNetworkPolicyProps) => find(objectsOf(new ComponentNetworkPolicy(testChart(), 'Test', props)), 'NetworkPolicy');
const inNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } }, podSelector: {} });

test('with the least props nothing gets in or out', () => {
  expect(policy({ component: 'thing' }).spec).toEqual({
    podSelector: { matchLabels: testSelector('thing') }, policyTypes: ['Ingress', 'Egress'],
  });
});

test('with all props the named peers get in, each by its port, and out to theirs and to DNS', () => {
  expect(policy(all)).toMatchObject({
    metadata: { name: 'mlflow-thing', labels: { 'app.kubernetes.io/component': 'thing' } },
    spec: {
      ingress: [
        { from: [inNamespace('training'), { ipBlock: { cidr: '10.20.0.0/16' } }], ports: [{ port: 8080, protocol: 'TCP' }] },
        { from: [inNamespace('monitoring')], ports: [{ port: 9464, protocol: 'TCP' }] },
      ],
      egress: [
        { to: [inNamespace('dns')], ports: dnsPorts },
        { to: [inNamespace('data')], ports: [{ port: 5432, protocol: 'TCP' }] },
      ],
    },
  });
});

test('an empty list of peers lets nobody in, as a rule without peers would everybody', () => {
  expect(policy({ component: 'thing', from: [], to: [] }).spec).toEqual(policy({ component: 'thing' }).spec);
});

test('the DNS is that of most clusters where nothing else is said', () => {
  expect(policy({ component: 'thing', to: all.to }).spec).toMatchObject({
    egress: [{ to: [{ podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }], ports: dnsPorts }, {}],
  });
});
