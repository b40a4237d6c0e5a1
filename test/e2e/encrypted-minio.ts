import { resolve } from 'node:path';
import { selfSigned } from '../certificates';
import { applySecret, kubectl, rolledOut } from './kubectl';

/** Of the MinIO's root user. */
export const ROOT = { id: 'minioadmin', key: 'the-administrators-key' };

/** A MinIO of somebody else's with TLS. */
export class EncryptedMinio {
  readonly endpoint: string;

  private constructor(private readonly namespace: string, /** Of the authority that its certificate is of. */ readonly authority: string) {
    this.endpoint = `https://minio.${namespace}.svc.cluster.local:9000`;
  }

  static async start(namespace: string): Promise<EncryptedMinio> {
    await kubectl(['create', 'namespace', namespace]);
    const { certificate, key } = selfSigned([`minio.${namespace}.svc.cluster.local`, 'minio']);
    await applySecret(namespace, 'minio-certificate', { 'public.crt': certificate, 'private.key': key });
    await kubectl(['-n', namespace, 'apply', '-f', resolve(__dirname, 'encrypted-minio.yaml')]);
    await rolledOut(namespace, 'deployment/minio', 120);
    await kubectl(['-n', namespace, 'wait', 'pod/mc', '--for=condition=Ready', '--timeout=120s']);
    return new EncryptedMinio(namespace, certificate);
  }

  /** Runs commands of its client, one a line, and returns what they print. */
  async mc(commands: string): Promise<string> {
    return (await kubectl(['-n', this.namespace, 'exec', '-i', 'mc', '--', 'sh', '-eus'], commands)).stdout;
  }

  /** Makes a user with a policy of one statement. */
  async addUser(name: string, key: string, actions: readonly string[], resources: readonly string[]): Promise<void> {
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: resources }] };
    await this.mc(`echo '${JSON.stringify(policy)}' > /tmp/policy.json
      mc admin policy create store ${name} /tmp/policy.json
      printf '%s\\n%s\\n' ${name} ${key} | mc admin user add store
      mc admin policy attach store ${name} --user ${name}`);
  }

  /** All that it tells of users and of policies, which it tells, and their actions, in any order. */
  async usersAndPolicies(): Promise<string[]> {
    const said = await this.mc(`mc --json admin user list store
      for policy in $(mc admin policy list store); do mc --json admin policy info store "$policy"; done`);
    return said.trim().split('\n').map((line) => JSON.stringify(JSON.parse(line), (_key, value: unknown) => Array.isArray(value) ? [...value as unknown[]].sort() : value)).sort();
  }
}
