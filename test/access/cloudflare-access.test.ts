import { CloudflareAccess, type CloudflareAccessProps } from '../../lib/access/cloudflare-access';

const all: Required<CloudflareAccessProps> = { teamDomain: 'example.cloudflareaccess.com', audience: 'a'.repeat(64) };

test('with all props: the annotations say who signs the JWTs, where the keys are and whom they are for', () => {
  expect(new CloudflareAccess(all)).toEqual({
    issuer: 'https://example.cloudflareaccess.com',
    keysUrl: 'https://example.cloudflareaccess.com/cdn-cgi/access/certs',
    annotations: {
      'access.mlflow.org/mode': 'cloudflare-access',
      'access.mlflow.org/issuer': 'https://example.cloudflareaccess.com',
      'access.mlflow.org/keys-url': 'https://example.cloudflareaccess.com/cdn-cgi/access/certs',
      'access.mlflow.org/audience': 'a'.repeat(64),
    },
  });
});
