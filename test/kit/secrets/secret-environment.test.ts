import { SecretEnvironment } from '../../../lib/kit/secrets/secret-environment';
import { secret } from '../../testing';

const environment = new SecretEnvironment('credentials', [
  { secret: secret('the-database', 'abc'), variables: { username: 'PGUSER', password: 'PGPASSWORD' } },
  { secret: secret('the-keys', '2'), variables: { key: 'KEY' } },
]);

test('the volume has a file for each variable, which only the pod\'s user and group can read', () => {
  expect(environment.volume).toEqual({
    name: 'credentials',
    projected: {
      defaultMode: 0o440,
      sources: [
        { secret: { name: 'the-database', items: [{ key: 'username', path: 'PGUSER' }, { key: 'password', path: 'PGPASSWORD' }] } },
        { secret: { name: 'the-keys', items: [{ key: 'key', path: 'KEY' }] } },
      ],
    },
  });
  expect(environment.mount).toEqual({ name: 'credentials', mountPath: '/run/secrets/credentials', readOnly: true });
});

test('the revisions say which Secret has which', () => {
  expect(environment.revisions).toEqual(['the-database=abc', 'the-keys=2']);
});

test('a program is started by the launcher, with its arguments as they are', () => {
  const { command, args } = environment.launch(['run', 'a "quoted" $argument']);
  expect(command).toEqual(['/bin/sh', '-c', expect.stringMatching(/^SECRETS=\/run\/secrets\/credentials\n/), 'with-secrets']);
  expect(args).toEqual(['run', 'a "quoted" $argument']);
});
