import type { Chart } from 'cdk8s';
import { servedPaths } from '../../../lib/features/access/served-paths';
import { SsoIngress, type SsoIngressProps } from '../../../lib/features/access/sso-ingress';
import { ComponentService } from '../../../lib/kit/workload/component-service';
import { find, objectsOf, testChart } from '../../testing';

function ingress(props: (chart: Chart) => SsoIngressProps) {
  const chart = testChart();
  return find(objectsOf(new SsoIngress(chart, 'Test', props(chart))), 'Ingress');
}

const least = (chart: Chart): SsoIngressProps => ({
  name: 'mlflow',
  service: new ComponentService(chart, 'Service', { name: 'mlflow', component: 'thing', version: '1.2.3', port: { name: 'http', port: 5000 } }),
  hosts: ['mlflow.example.com'],
  paths: servedPaths,
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

const traefik = (props: (chart: Chart) => SsoIngressProps) => (chart: Chart): SsoIngressProps => ({ ...props(chart), controller: 'traefik' });

test('with the least props: HTTP for everybody, with uploads of any size', () => {
  expect(ingress(least)).toMatchObject({
    metadata: {
      name: 'mlflow',
      annotations: {
        'nginx.ingress.kubernetes.io/proxy-body-size': '0',
        'nginx.ingress.kubernetes.io/proxy-buffer-size': '16k',
        'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
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

test('Traefik is told to serve by https alone where there is a certificate, and needs to be told nothing else', () => {
  expect(ingress(traefik(least)).metadata).not.toHaveProperty('annotations');
  expect(ingress(traefik(least)).spec).toMatchObject({ ingressClassName: 'traefik' });
  expect(ingress(traefik(all)).metadata).toHaveProperty('annotations', {
    'traefik.ingress.kubernetes.io/router.entrypoints': 'websecure',
    'traefik.ingress.kubernetes.io/router.tls': 'true',
  });
});

/** Every annotation that an Ingress may have: docs/ingress.md says where each is documented. */
const KNOWN = [
  'nginx.ingress.kubernetes.io/proxy-body-size',
  'nginx.ingress.kubernetes.io/proxy-buffer-size',
  'nginx.ingress.kubernetes.io/proxy-buffering',
  'nginx.ingress.kubernetes.io/proxy-read-timeout',
  'nginx.ingress.kubernetes.io/proxy-request-buffering',
  'nginx.ingress.kubernetes.io/proxy-send-timeout',
  'nginx.ingress.kubernetes.io/ssl-redirect',
  'traefik.ingress.kubernetes.io/router.entrypoints',
  'traefik.ingress.kubernetes.io/router.tls',
];

test('there are no annotations but those: none is a snippet, none has a say in who is let in, none redirects for ever', () => {
  const found = [least, all, traefik(least), traefik(all)].map((props) => ingress(props).metadata as { annotations?: object })
    .flatMap(({ annotations = {} }) => Object.keys(annotations));
  expect(found.filter((name) => !KNOWN.includes(name))).toEqual([]);
  expect(KNOWN.filter((name) => /snippet|auth|force-ssl|rewrite|regex/.test(name))).toEqual([]);
});

test('each host serves the listed paths and no others, all from the Service', () => {
  const paths = [...servedPaths, { path: '/oauth2', match: 'Prefix' as const }];
  const { rules } = ingress((chart) => ({ ...all(chart), paths })).spec as { rules: { http: { paths: unknown[] } }[] };
  for (const { http } of rules) {
    expect(http.paths).toEqual(paths.map(({ path, match }) => ({ path, pathType: match, backend: { service: { name: 'mlflow', port: { number: 5000 } } } })));
  }
});
