import { usersConfiguration } from '../../../lib/features/users/configuration';
import { databaseClient, testChart } from '../../testing';

test('the configuration is one that Python\'s configparser takes as it is: without a % to interpolate, and a value a line', () => {
  const configuration = usersConfiguration({ databaseUri: databaseClient(testChart()).uri('users'), defaultPermission: 'NO_PERMISSIONS' });
  expect(configuration).not.toContain('%');
  const [section, ...values] = configuration.trimEnd().split('\n');
  expect(section).toBe('[mlflow]');
  expect(Object.fromEntries(values.map((line) => line.split(/ = (.*)/)))).toMatchObject({
    database_uri: expect.stringMatching(/^postgresql\+platform:\/\/db\.example\.com:5433\/users\?sslmode=verify-full&/) as string,
    default_permission: 'NO_PERMISSIONS',
    authorization_function: 'platform_users:authenticate',
  });
});
