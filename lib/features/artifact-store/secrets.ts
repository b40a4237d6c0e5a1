import type { EnvironmentSpec } from '../environment';
import { authorities, generated, randomText, shorterThan, type SecretUse } from '../../kit/secrets/secret-use';

const user = { path: 'artifactStore.secret', purpose: 'the tracking server\'s user of the artifact store' };
const administrator = { path: 'artifactStore.administratorSecret', purpose: 'the administrator of the artifact store' };
const keys = ['access-key-id', 'secret-access-key'];
const problems = { 'access-key-id': shorterThan(3), 'secret-access-key': shorterThan(8) }; // as MinIO wants them

/** The Secrets of the artifact store. */
export function secrets({ artifactStore: store }: EnvironmentSpec): SecretUse[] {
  if (store.provider === 'embedded') {
    return [
      generated({ ...user, name: 'mlflow-object-store', values: { 'access-key-id': 'mlflow', 'secret-access-key': randomText }, problems }),
      generated({ ...administrator, name: 'mlflow-object-store-administrator', values: { 'access-key-id': 'administrator', 'secret-access-key': randomText }, problems }),
    ];
  }
  const named = store.provider === 'minio' ? store.administratorSecret : undefined;
  return [
    { ...user, name: store.secret, keys },
    ...named === undefined ? [] : [{ ...administrator, name: named, keys }],
    ...authorities('artifactStore.caSecret', store.caSecret),
  ];
}
