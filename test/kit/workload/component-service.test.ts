import { ComponentService, type ComponentServiceProps } from '../../../lib/kit/workload/component-service';
import { find, objectsOf, testChart, testSelector } from '../../testing';

const all: Required<ComponentServiceProps> = {
  name: 'mlflow-thing', component: 'thing', version: '1.2.3', port: { name: 'http', port: 80, nodePort: 30080 }, headless: false,
};

function service(props: ComponentServiceProps) {
  return find(objectsOf(new ComponentService(testChart(), 'Test', props)), 'Service');
}

test('with the least props: a Service inside the cluster', () => {
  expect(service({ ...all, port: { name: 'http', port: 80 } })).toMatchObject({
    spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80 }] },
  });
});

test('with all props: a Service with a port on every node', () => {
  expect(service(all)).toMatchObject({
    metadata: { name: 'mlflow-thing', labels: { ...testSelector('thing'), 'app.kubernetes.io/version': '1.2.3' } },
    spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30080 }] },
  });
});

test('headless: a Service without an address of its own', () => {
  expect(service({ ...all, port: { name: 'http', port: 80 }, headless: true }).spec).toMatchObject({ type: 'ClusterIP', clusterIP: 'None' });
  expect(service(all).spec).not.toHaveProperty('clusterIP');
});

test('selects the pods of its component, of any version', () => {
  expect(service(all).spec).toHaveProperty('selector', testSelector('thing'));
});

test('holds nothing that the API server would drop, and so every apply send again', () => {
  expect(service(all).spec).not.toHaveProperty('externalIPs');
});
