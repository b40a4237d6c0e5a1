import { ArtifactStore, type ArtifactStoreProps } from '../../../lib/features/artifact-store/artifact-store';
import { secrets } from '../../../lib/features/artifact-store/secrets';
import { PlatformSecrets } from '../../../lib/kit/secrets/platform-secrets';
import { allowedInto, allowedOutOf, withPolicies } from '../../peers';
import { environment, objectsOf, testChart, variables, workloads } from '../../testing';

type Change = Partial<Omit<ArtifactStoreProps, 'settings' | 'secrets'>>;

function store(settings: string, change: Change = {}): ArtifactStore {
  const spec = environment(`{profile: local, artifactStore: ${settings}}`);
  const chart = testChart();
  const platformSecrets = new PlatformSecrets(chart, 'Secrets', { uses: secrets(spec), revision: 1 });
  return new ArtifactStore(chart, 'Test', {
    settings: spec.artifactStore, clusterDomain: 'cluster.local', secrets: platformSecrets, version: '3.17.2', mark: 'mlflow/test', ...change,
  });
}

test('one of others, left as it is: nothing is made', () => {
  const external = store('{provider: s3, region: eu-west-1, setUp: false}');
  expect(objectsOf(external)).toEqual([]);
  expect([external.components, external.connections]).toEqual([[], []]);
  expect(external.bucket).toMatchObject({ name: 'mlflow-artifacts', region: 'eu-west-1', secret: { name: 'mlflow-object-store' }, destination: { port: 443 } });
});

test('with all props: a Job sets the bucket up, where the file says that the store is', () => {
  const external = store('{provider: minio, endpoint: "http://minio:9000", bucket: ours, prefix: a/b, administratorSecret: admin}', { place: { namespace: 'data', port: 9001 } });
  expect(external.components).toEqual(['bucket']);
  expect(allowedOutOf(withPolicies(external), 'bucket')[1]).toBe('port 9001 of namespace data');
  const [job] = workloads(objectsOf(external));
  expect(variables(job!.spec.template.spec.containers[0]!)).toMatchObject({ BUCKET: 'ours', PREFIX: 'a/b', PLATFORM: 'mlflow/test' });
});

test('one of its own is a server and its set-up, which alone may connect so far', () => {
  const embedded = store('{provider: embedded}');
  expect(embedded.components).toEqual(['object-store', 'bucket']);
  expect(allowedInto(withPolicies(embedded), 'object-store')).toEqual(['component bucket']);
  expect(embedded.bucket).toMatchObject({ endpoint: 'http://mlflow-object-store:9000', secret: { name: 'mlflow-object-store-generated' } });
});
