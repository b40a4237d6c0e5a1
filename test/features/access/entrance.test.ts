import { entrancesOf } from '../../../lib/features/access/entrance';
import { guardOf } from '../../../lib/features/access/modes';
import { environment } from '../../testing';

const CLOUDFLARE = `{mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: ${'a'.repeat(64)}}`;
const OIDC = '{mode: oidc, issuer: "https://login.example.com", clientId: mlflow}';
const found = (text: string) => entrancesOf(environment(`{profile: local, ingress: {hosts: [a.b]}, ${text}}`));

test('each entrance has a guard of its own, by its own access', () => {
  expect(found(`access: ${CLOUDFLARE}, internal: {hosts: [c.d], access: ${OIDC}}`).map(guardOf)).toEqual(['token-verifier', 'internal-sign-in']);
  expect(found(`access: ${OIDC}, internal: {hosts: [c.d]}`).map(guardOf)).toEqual(['sign-in', 'internal-sign-in']);
  expect(found(`access: ${CLOUDFLARE}, internal: {hosts: [c.d], access: {mode: none}}`).map(guardOf)).toEqual(['token-verifier', undefined]);
  expect(found('access: {mode: basic}').map(guardOf)).toEqual([undefined]);
});
