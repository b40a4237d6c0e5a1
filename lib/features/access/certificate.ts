import { Construct } from 'constructs';
import { Certificate as CertificateResource, CertificateSpecPrivateKeyRotationPolicy } from '../../../imports/cert-manager.io';
import { componentLabels } from '../../kit/workload/labels';
import { certificateSecret } from './secrets';

export interface CertificateProps {
  /** Name of the certificate; its Secret is called <name>-tls. */
  readonly name: string;
  readonly hosts: readonly string[];
  /** cert-manager's issuer. */
  readonly issuer: string;
  /** @default "ClusterIssuer" */
  readonly issuerKind?: 'ClusterIssuer' | 'Issuer';
}

/**
 * A certificate that cert-manager gets and renews. Its key is made again with each renewal.
 *
 * @see https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate
 */
export class Certificate extends Construct {
  /** Secret of type kubernetes.io/tls. */
  readonly secret: string;

  constructor(scope: Construct, id: string, { name, hosts, issuer, issuerKind = 'ClusterIssuer' }: CertificateProps) {
    super(scope, id);
    this.secret = certificateSecret(name);
    new CertificateResource(this, 'Resource', {
      metadata: { name, labels: componentLabels(this, 'access') },
      spec: {
        secretName: this.secret,
        dnsNames: [...hosts],
        issuerRef: { group: 'cert-manager.io', kind: issuerKind, name: issuer },
        privateKey: { rotationPolicy: CertificateSpecPrivateKeyRotationPolicy.ALWAYS },
      },
    });
  }
}
