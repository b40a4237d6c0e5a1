import { join } from 'node:path';
import type { Signer } from '../../e2e/tokens';
import type { Certificate } from '../../certificates';
import type { Pod } from './pod';

/** Runs the tests' OpenID Connect provider and Cloudflare, whose keys are those of `signer`, in a pod. */
export function startAuthorities(pod: Pod, { certificate, key }: Certificate, signer: Signer) {
  pod.write('authorities/certificate.pem', certificate);
  pod.write('authorities/key.pem', key);
  pod.write('authorities/keys.json', JSON.stringify({ keys: [signer.publicKey] }));
  pod.write('authorities/client-secret', 'any');
  const program = join(__dirname, '../../e2e/authorities-process.mts');
  return pod.start('node', '--import', 'tsx', program, pod.address, '443', join(pod.folder, 'authorities'));
}

/** A token that the provider gives to a program; undefined while there is no provider. */
export function programToken(pod: Pod, client: string, audience: string): string | undefined {
  try {
    const answer = pod.run('curl', '--silent', '--fail', '--insecure', '--user', `${client}:${client}-secret`, '--data', 'grant_type=client_credentials',
      '--data', `resource=https://${audience}`, 'https://login.example.com/token');
    return (JSON.parse(answer) as { access_token: string }).access_token;
  } catch {
    return undefined;
  }
}
