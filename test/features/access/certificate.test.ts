import { Certificate, type CertificateProps } from '../../../lib/features/access/certificate';
import { find, objectsOf, testChart } from '../../testing';

const least: CertificateProps = { name: 'mlflow', hosts: ['a.b'], issuer: 'letsencrypt' };

test.each<[string, CertificateProps, string]>([
  ['the least props', least, 'ClusterIssuer'],
  ['all props', { ...least, issuerKind: 'Issuer' } satisfies Required<CertificateProps>, 'Issuer'],
])('with %s: a certificate for the hosts, with a new key at each renewal', (_what, props, kind) => {
  const certificate = new Certificate(testChart(), 'Test', props);
  expect(certificate.secret).toBe('mlflow-tls');
  expect(find(objectsOf(certificate), 'Certificate').spec).toEqual({
    secretName: 'mlflow-tls', dnsNames: ['a.b'], issuerRef: { group: 'cert-manager.io', kind, name: 'letsencrypt' }, privateKey: { rotationPolicy: 'Always' },
  });
});
