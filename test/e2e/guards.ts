import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { CLIENT_SECRET, HOSTS, type Authorities } from './authorities';
import { applySecret, eventually, kubectl, pods, rolledOut } from './kubectl';
import { AUDIENCE, GROUP, PROGRAMS, PROVIDER, TEAM } from './tokens';

/** The host that Cloudflare Access guards, and the one of the provider's. */
export const PUBLIC = 'mlflow.example.com';
export const INTERNAL = 'mlflow.internal.example.com';

/** Their guards. */
export const GUARDS = ['token-verifier', 'internal-sign-in'];

/** A call to the server. */
export const SEARCH = '/api/2.0/mlflow/experiments/search?max_results=1';

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Paths that mean no served one, in every way to write them. */
export const elsewhere = (JSON.parse(readFileSync(join(__dirname, 'paths.json'), 'utf8')) as { elsewhere: string[] }).elsewhere;

/** The Secret with the authority of the provider's certificate. */
const CA_SECRET = 'company-ca';

/** Who is let in by the two hosts, and a small server behind them, as an environment file says it. */
export const guarded = {
  profile: 'local',
  tracking: { replicas: 1, resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { cpu: '2', memory: '1Gi' } }, temporaryStorage: '2Gi' },
  access: { mode: 'cloudflare-access', teamDomain: TEAM, audience: AUDIENCE },
  internal: {
    hosts: [INTERNAL],
    access: {
      mode: 'oidc', issuer: PROVIDER, clientId: 'mlflow', scopes: ['openid', 'profile', 'email', 'groups'], groups: [GROUP], audiences: [PROGRAMS], caSecret: CA_SECRET,
    },
  },
};

interface Deployment {
  spec: { template: { spec: { hostAliases?: object[]; volumes?: object[]; containers: { volumeMounts?: object[] }[] } } };
}

/**
 * Leads the names of Cloudflare and of the provider to the tests' authorities, and lets the guard of Cloudflare's tokens trust their
 * certificate, as no environment file can. Where the authorities listen on another port than 443, the guards may connect to that instead.
 * Nothing else of what is rendered is changed.
 */
export function leadGuards(folder: string, { address, port }: Authorities): void {
  for (const file of readdirSync(folder).filter((name) => /-mlflow-(internal-)?(token-verifier|sign-in)\.yaml$/.test(name))) {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    if (file.includes('-networkpolicy-')) writeFileSync(path, text.replaceAll('port: 443', `port: ${port}`));
    if (!file.includes('-deployment-')) continue;
    const deployment = load(text) as Deployment;
    const pod = deployment.spec.template.spec;
    pod.hostAliases = [{ ip: address, hostnames: HOSTS }];
    if (file.includes('token-verifier')) {
      const mount = { name: 'trust', mountPath: '/etc/ssl/certs/ca-certificates.crt', subPath: 'ca.crt' };
      pod.volumes = [...pod.volumes ?? [], { name: 'trust', secret: { secretName: CA_SECRET } }];
      pod.containers[0]!.volumeMounts = [...pod.containers[0]!.volumeMounts ?? [], mount];
    }
    writeFileSync(path, dump(deployment));
  }
}

/** The Secrets of access in a namespace. */
export async function accessSecrets(namespace: string, authorities: Authorities): Promise<void> {
  await applySecret(namespace, 'mlflow-oidc', { 'client-secret': CLIENT_SECRET });
  await applySecret(namespace, CA_SECRET, { 'ca.crt': authorities.trusted });
}

/** Replaces all pods of the guards, and waits until the old ones are gone. */
export async function replaceGuards(namespace: string): Promise<void> {
  await Promise.all(GUARDS.map(async (guard) => {
    await kubectl(['-n', namespace, 'rollout', 'restart', `deployment/mlflow-${guard}`]);
    await rolledOut(namespace, `deployment/mlflow-${guard}`, 180);
    await eventually(120, async () => { expect(await pods(namespace, guard)).toHaveLength(2); });
  }));
}
