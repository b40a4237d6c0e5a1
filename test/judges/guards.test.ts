import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { render } from '../../lib/manifests/render';
import { environment, find, inTemporaryFolder, podOf } from '../testing';

/*
 * The programs of the guards judge what is rendered for them: `envoy` and `oauth2-proxy` of PATH.
 */

const way = 'database: {provider: external, host: db}, artifactStore: {provider: s3}, ingress: {hosts: [a.b], tls: {provider: before-cluster}';
const objectsOf = (access: string, more = '') => render(environment(`{${way}${more}}, access: {${access}}}`)).map(({ object }) => object);
const run = (program: string, args: readonly string[]) => execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' });

const CLOUDFLARE = `mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: ${'a'.repeat(64)}`;
const OIDC = 'mode: oidc, issuer: "https://login.example.com", clientId: mlflow';

test.each([['the least', ''], ['all', ', timeoutSeconds: 30']])('Envoy takes its configuration with %s settings', (_which, more) => {
  const { containers: [container] } = podOf(objectsOf(CLOUDFLARE, more).filter(({ metadata: { name } }) => name === 'mlflow-token-verifier'), 'Deployment');
  const validate = (change: (argument: string) => string = (argument) => argument) =>
    run('envoy', ['--mode', 'validate', ...container!.args!.map((argument) => change(argument.replaceAll('$(POD_IP)', 'fd00::5')))]);
  expect(validate()).toContain('OK');
  expect(() => validate((argument) => argument.replace('merge_slashes', 'merge_slash'))).toThrow();
});

test.each([
  ['the least', OIDC],
  ['all', `${OIDC}, scopes: [openid, groups], groups: [data-science], groupsClaim: roles, audiences: [programs, "https://api.example.com"]`],
])('oauth2-proxy takes its settings with %s', (_which, access) => {
  const objects = objectsOf(access);
  const { data } = find(objects, 'ConfigMap', 'mlflow-sign-in') as unknown as { data: Record<string, string> };
  const { containers } = podOf(objects.filter(({ metadata: { name } }) => name === 'mlflow-sign-in'), 'Deployment');
  inTemporaryFolder((folder) => {
    const here = (text: string) => text.replaceAll('/run/secrets/secrets', folder).replaceAll('/opt/mlflow-sign-in', folder);
    writeFileSync(join(folder, 'client-secret'), 'a secret');
    writeFileSync(join(folder, 'cookie-secret'), 'a'.repeat(43));
    for (const [name, content] of Object.entries(data)) writeFileSync(join(folder, name), here(content));
    const test = (...more: string[]) => run('oauth2-proxy', [...containers[0]!.args!.map(here), '--config-test', ...more]);
    expect(test()).toContain('configuration is valid');
    expect(() => test('--no-such-flag')).toThrow();
  });
});
