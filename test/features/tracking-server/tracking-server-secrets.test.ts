import { quantity } from '../../../lib/kit/quantity';
import { bucket, secret, secretFiles, variables } from '../../testing';
import { weaknesses } from '../../weaknesses';
import { type Change, asItIs, deployment, pod, main, settings, all } from './tracking-server';

describe('security', () => {
  test('all containers are hardened', () => {
    expect(weaknesses(pod())).toEqual([]);
    expect(weaknesses(pod(all))).toEqual([]);
  });

  test('secrets come from files, each under the name that MLflow and its libraries read', () => {
    expect(secretFiles(pod(), 'credentials')).toEqual({
      'the-keys/flask-secret-key': 'MLFLOW_FLASK_SERVER_SECRET_KEY',
      'the-keys/kek-passphrase': 'MLFLOW_CRYPTO_KEK_PASSPHRASE',
      'the-keys/webhook-key': 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY',
    });
    expect(main().command).toContainEqual(expect.stringContaining('SECRETS=/run/secrets/credentials\n'));
    expect(main().volumeMounts).toContainEqual({ name: 'credentials', mountPath: '/run/secrets/credentials', readOnly: true });
  });

  test('the database\'s user and password are files that are read whenever a connection is opened, and no variables, which would keep the old ones', () => {
    expect(secretFiles(pod(), 'database')).toEqual({ 'the-database/username': 'username', 'the-database/password': 'password' });
    expect(main().volumeMounts).toContainEqual({ name: 'database', mountPath: '/run/secrets/database', readOnly: true });
    expect(settings().MLFLOW_BACKEND_STORE_URI).toContain('&secret=/run/secrets/database&');
    expect(variables(main()).PYTHONPATH).toBe('/opt/mlflow-plugin:/opt/mlflow-connections');
  });

  test('authorities of the company are a file that the server trusts in addition', () => {
    expect(secretFiles(pod(), 'authorities')).toEqual({});
    expect(secretFiles(pod(all), 'authorities')).toEqual({ 'companys-authorities/ca.crt': 'ca.crt' });
    expect(variables(main(all)).PLATFORM_AUTHORITIES).toBe('/run/secrets/authorities/ca.crt');
  });

  test('the store\'s keys are read from their files for each request, and so are in no environment', () => {
    expect(secretFiles(pod(), 'store')).toEqual({ 'the-bucket/access-key-id': 'access-key-id', 'the-bucket/secret-access-key': 'secret-access-key' });
    expect(main().volumeMounts).toContainEqual({ name: 'store', mountPath: '/run/secrets/store', readOnly: true });
  });

  test('no secret is a setting, an argument or a variable of the pod', () => {
    const secrets = Object.values(secretFiles(pod(), 'credentials'));
    expect([...Object.keys(settings()), ...Object.keys(variables(main()))].filter((name) => secrets.includes(name))).toEqual([]);
    expect(main().args).toEqual(['python3', '/opt/mlflow-plugin/platform_server.py']);
  });

  test('whatever the server writes to has a size, and all together fit in its limit of local storage', () => {
    const sizes = (pod().volumes ?? []).flatMap(({ name, emptyDir }) => emptyDir && name !== 'schema-tmp' ? [quantity(emptyDir.sizeLimit!)!] : []);
    expect(sizes).toHaveLength(2);
    const limit = quantity(main().resources!.limits!['ephemeral-storage']!)!;
    expect(limit).toBeGreaterThan(sizes.reduce((total, size) => total + size));
  });
});

describe('the checksum of what is read at start', () => {
  const checksum = (change = asItIs) => deployment(change).spec.template.metadata.annotations?.['checksum/inputs'];

  test.each<[string, Change]>([
    ['the number of workers', (least) => ({ ...least, workers: 3 })],
    ['the number of threads', (least) => ({ ...least, threads: 5 })],
    ['the bucket', (least) => ({ ...least, artifacts: { ...bucket, name: 'others' } })],
    ['what users may do', (least) => ({ ...least, users: { databaseUri: 'postgresql+platform://db/users', defaultPermission: 'EDIT' } })],
    ['an origin', (least) => ({ ...least, corsOrigins: ['https://mlflow.example.com'] })],
    ['the revision of the bucket\'s Secret', (least) => ({ ...least, artifacts: { ...bucket, secret: secret('the-bucket', '2') } })],
    ['the revision of the keys', (least) => ({ ...least, keys: secret('the-keys', '2') })],
  ])('changes with %s', (_what, change) => {
    expect(checksum(change)).not.toBe(checksum());
  });

  test('changes with the revision of the database\'s Secret', () => {
    const { annotations } = deployment(asItIs, { secret: secret('the-database', '2') }).spec.template.metadata;
    expect(annotations?.['checksum/inputs']).not.toBe(checksum());
  });

  test.each<[string, Change]>([
    ['nothing changes', asItIs],
    ['only the number of pods changes', (least) => ({ ...least, replicas: 7 })],
    ['only the Service changes', (least) => ({ ...least, nodePort: 30501 })],
  ])('stays the same when %s, so that no pod is replaced', (_what, change) => {
    expect(checksum(change)).toBe(checksum());
  });
});
