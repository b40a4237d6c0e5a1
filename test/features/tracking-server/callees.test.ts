import { calleeSettings, destinationsOf, type Callee } from '../../../lib/features/tracking-server/callees';

const settings = (...callees: Callee[]) => calleeSettings(callees, 'cluster.local');

test('where nobody is called MLflow\'s own rules hold: https, and public addresses', () => {
  expect(settings()).toEqual({});
});

test.each<[string, Callee, Record<string, string>]>([
  ['a receiver inside', { namespace: 'tools', port: 8443, scheme: 'https', purpose: 'webhooks' }, { MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true' }],
  ['a receiver inside by http', { host: 'ci.tools.svc.cluster.local', port: 80, scheme: 'http', purpose: 'webhooks' },
    { MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true', MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'https,http' }],
  ['a model server inside', { namespace: 'models', port: 8000, scheme: 'http', purpose: 'models' },
    { MLFLOW_GATEWAY_API_BASE_ALLOW_PRIVATE_IPS: 'true', MLFLOW_GATEWAY_API_BASE_ALLOWED_SCHEMES: 'https,http' }],
  ['a private network', { cidrs: ['10.20.0.0/16'], port: 443, scheme: 'https', purpose: 'models' }, { MLFLOW_GATEWAY_API_BASE_ALLOW_PRIVATE_IPS: 'true' }],
  ['a private network of IPv6', { cidrs: ['fd00:1::/32'], port: 443, scheme: 'https', purpose: 'webhooks' }, { MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true' }],
  ['a public network', { cidrs: ['34.1.2.0/24'], port: 443, scheme: 'https' }, {}],
  ['a receiver outside, by its name', { host: 'hooks.slack.com', port: 443, scheme: 'https' }, {}],
  ['somebody inside for everything', { namespace: 'tools', port: 443, scheme: 'https' },
    { MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true', MLFLOW_GATEWAY_API_BASE_ALLOW_PRIVATE_IPS: 'true' }],
])('%s switches on what it needs and no more', (_what, callee, expected) => {
  expect(settings(callee)).toEqual(expected);
});

test('each is let through to where it is, and those who have only a name to every address but the clouds\' own', () => {
  expect(destinationsOf([
    { namespace: 'tools', podLabels: { app: 'ci' }, port: 8443, scheme: 'https' },
    { host: 'vllm.models.svc.cluster.local', port: 8000, scheme: 'http' },
    { host: 'hooks.slack.com', port: 443, scheme: 'https' },
  ], 'cluster.local')).toEqual([
    { namespace: 'tools', podLabels: { app: 'ci' }, port: 8443 },
    { namespace: 'models', port: 8000 },
    { cidrs: ['0.0.0.0/0', '::/0'], port: 443 },
  ]);
});
