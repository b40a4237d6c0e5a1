import { expectedSecrets } from '../lib/features/secret-uses';
import { runDocumented } from './e2e/documented';
import { environment } from './testing';

/** A kubectl that only prints what it is asked for, a word a line: bash takes functions from variables that are called so. */
const KUBECTL = { 'BASH_FUNC_kubectl%%': '() { printf "%s\\n" "$@"; }' };

const BASIC = 'database: {provider: external, host: db, administratorSecret: mlflow-database-administrator}, access: {mode: basic}, '
  + 'gateway: {hosts: [a.b], tls: {provider: before-cluster}}, '
  + 'artifactStore: {provider: minio, endpoint: "http://minio:9000", administratorSecret: mlflow-object-store-administrator}';

test('the documented commands make every Secret of production, with its keys', async () => {
  const variables = { ...KUBECTL, POSTGRES_USER: 'p', POSTGRES_PASSWORD: 'p', MINIO_USER: 'm', MINIO_PASSWORD: 'm' };
  const made = await runDocumented('docs/production.md', 'Secrets', { namespace: 'ours', variables });
  const secrets = made.split('-n\nours\ncreate\nsecret\ngeneric\n').slice(1).map((words) => {
    const [name, ...literals] = words.trim().split('\n');
    return `${name!}: ${literals.map((literal) => /^--from-literal=([a-z-]+)=./.exec(literal)![1]!).join(', ')}`;
  });
  expect(secrets.sort()).toEqual(expectedSecrets(environment(`{${BASIC}}`)).map(({ name, keys }) => `${name}: ${keys.join(', ')}`).sort());
});
