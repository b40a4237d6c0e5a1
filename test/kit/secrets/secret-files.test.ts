import { SecretFiles } from '../../../lib/kit/secrets/secret-files';
import { secret } from '../../testing';

test('each key is a file, which only the pod\'s user and group can read', () => {
  const files = new SecretFiles('secrets', [{ secret: secret('the-client', 'abc'), files: { 'client-secret': 'secret' } }]);
  expect(files.volume).toEqual({
    name: 'secrets',
    projected: { defaultMode: 0o440, sources: [{ secret: { name: 'the-client', items: [{ key: 'client-secret', path: 'secret' }] } }] },
  });
  expect(files.mount).toEqual({ name: 'secrets', mountPath: '/run/secrets/secrets', readOnly: true });
  expect(files.path('secret')).toBe('/run/secrets/secrets/secret');
  expect(files.revisions).toEqual(['the-client=abc']);
});

test('a pod starts without what is optional, and a Secret of several sources has one revision', () => {
  const role = secret('the-role', '2');
  const files = new SecretFiles('role', [{ secret: role, files: { username: 'name' } }, { secret: role, files: { password: 'password' }, optional: true }]);
  expect(files.volume.projected?.sources).toEqual([
    { secret: { name: 'the-role', items: [{ key: 'username', path: 'name' }] } },
    { secret: { name: 'the-role', items: [{ key: 'password', path: 'password' }], optional: true } },
  ]);
  expect(files.revisions).toEqual(['the-role=2']);
});
