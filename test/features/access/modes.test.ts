import { isGuarded } from '../../../lib/features/access/modes';
import { environment } from '../../testing';

test.each([
  ['none', false],
  ['basic', false],
  ['oidc, issuer: "https://login.example.com", clientId: mlflow', true],
  [`cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: ${'a1'.repeat(32)}`, true],
])('somebody in front of the server asks who somebody is: mode %s: %s', (mode, expected) => {
  const { access } = environment(`{profile: local, ingress: {hosts: [a.b]}, access: {mode: ${mode}}}`);
  expect(isGuarded(access)).toBe(expected);
});

test('nobody does where nothing is said', () => {
  expect(isGuarded(undefined)).toBe(false);
});
