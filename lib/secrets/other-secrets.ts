import type { EnvironmentSpec } from '../environment/environment';

/** The Secrets of the database, the store and the server. */
export function otherSecrets({ database, artifactStore, tracking }: EnvironmentSpec): (string | undefined)[] {
  return [
    ...database.provider === 'embedded' ? ['mlflow-database', 'mlflow-database-administrator'] : [database.secret, database.administratorSecret, database.caSecret, database.clientCertificateSecret],
    ...artifactStore.provider === 'embedded' ? ['mlflow-object-store', 'mlflow-object-store-administrator'] : [artifactStore.secret],
    artifactStore.provider === 'minio' ? artifactStore.administratorSecret : undefined,
    tracking.keysSecret,
  ];
}
