import { expectedSecrets } from '../lib/features/secret-uses';
import { examples } from './examples';

describe.each(examples)('$file', ({ text, environment, warnings }) => {
  test('is rendered without a warning', () => {
    expect(warnings).toEqual([]);
  });

  test('tells an editor of the schema, from here and from where it is copied to', () => {
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/environments\/schema\.json\n/);
  });

  test('says first what it is for, what must exist, and each Secret with its keys', () => {
    const comment = /^(#.*\n)+/.exec(text)![0];
    expect(comment).toContain('Must exist first');
    const told = [...comment.matchAll(/^# {3}([a-z-]+) +([a-z, .-]+)/gm)].map(([, name, keys]) => `${name!}: ${keys!.trim()}`);
    expect(told).toEqual(expectedSecrets(environment).map(({ name, keys }) => `${name}: ${keys.join(', ')}`));
  });
});

test('there is an example of every provider, entrance and mode, and of both kinds of replicas', () => {
  const said = examples.flatMap(({ environment: { profile, database, artifactStore, gateway, ingress, internal, access, tracking } }) => [
    profile, `database ${database.provider}`, `store ${artifactStore.provider}`, gateway && 'gateway', ingress && 'ingress', internal && 'internal',
    access?.mode, internal?.access?.mode, tracking.autoscaling && 'autoscaling',
  ]);
  expect([...new Set(said)].filter((each) => each !== undefined).sort()).toEqual([
    'autoscaling', 'basic', 'cloudflare-access', 'database embedded', 'database external', 'gateway', 'ingress', 'internal', 'local', 'oidc', 'production',
    'store embedded', 'store minio', 'store s3',
  ]);
});
