import type { Chart } from 'cdk8s';
import { servedPaths } from '../../lib/access/served-paths';
import { SsoIngress, type SsoIngressProps } from '../../lib/access/sso-ingress';
import { ComponentService } from '../../lib/workload/component-service';
import { find, objectsOf, testChart } from '../testing';

function ingress(props: (chart: Chart) => SsoIngressProps) {
  const chart = testChart();
  return find(objectsOf(new SsoIngress(chart, 'Test', props(chart))), 'Ingress');
}

const least = (chart: Chart): SsoIngressProps => ({
  name: 'mlflow',
  service: new ComponentService(chart, 'Service', { name: 'mlflow', component: 'thing', version: '1.2.3', port: { name: 'http', port: 5000 } }),
  hosts: ['mlflow.example.com'],
  controller: 'nginx',
  timeoutSeconds: 600,
});

const all = (chart: Chart): Required<SsoIngressProps> => ({
  ...least(chart),
  hosts: ['mlflow.example.com', 'mlflow.local'],
  className: 'public',
  tlsSecret: 'mlflow-tls',
  maxBodySize: 5 * 2 ** 30,
  timeoutSeconds: 30,
});

test('with the least props: HTTP for everybody, with uploads of any size', () => {
  expect(ingress(least)).toMatchObject({
    metadata: {
      name: 'mlflow',
      annotations: {
        'nginx.ingress.kubernetes.io/proxy-body-size': '0',
        'nginx.ingress.kubernetes.io/proxy-request-buffering': 'off',
        'nginx.ingress.kubernetes.io/proxy-read-timeout': '600',
        'nginx.ingress.kubernetes.io/proxy-send-timeout': '600',
        'nginx.ingress.kubernetes.io/ssl-redirect': 'false',
      },
    },
    spec: { ingressClassName: 'nginx' },
  });
  expect(ingress(least).spec).not.toHaveProperty('tls');
});

test('with all props: HTTPS only, for both hosts', () => {
  expect(ingress(all)).toMatchObject({
    metadata: {
      annotations: {
        'nginx.ingress.kubernetes.io/proxy-body-size': '5368709120',
        'nginx.ingress.kubernetes.io/proxy-read-timeout': '30',
        'nginx.ingress.kubernetes.io/proxy-send-timeout': '30',
        'nginx.ingress.kubernetes.io/ssl-redirect': 'true',
      },
    },
    spec: {
      ingressClassName: 'public',
      rules: [{ host: 'mlflow.example.com' }, { host: 'mlflow.local' }],
      tls: [{ hosts: ['mlflow.example.com', 'mlflow.local'], secretName: 'mlflow-tls' }],
    },
  });
});

test('no annotation is a snippet, which controllers refuse', () => {
  expect(JSON.stringify(ingress(all).metadata)).not.toContain('snippet');
});

test('each host serves the listed paths, all from the Service', () => {
  const { rules } = ingress(all).spec as { rules: { http: { paths: unknown[] } }[] };
  const paths = servedPaths.map(({ path, match }) => ({ path, pathType: match, backend: { service: { name: 'mlflow', port: { number: 5000 } } } }));
  for (const { http } of rules) {
    expect(http.paths).toHaveLength(paths.length);
    expect(http.paths).toEqual(expect.arrayContaining(paths));
  }
});
