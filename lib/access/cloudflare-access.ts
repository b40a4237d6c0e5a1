import type { AccessPolicy } from './access-policy';

export interface CloudflareAccessProps {
  /** The team's domain, e.g. example.cloudflareaccess.com. */
  readonly teamDomain: string;
  /** Audience (AUD) tag of the Access application. */
  readonly audience: string;
}

/**
 * Cloudflare Access signs people in before their requests reach the Ingress, and adds a JWT to each. Nothing here verifies that JWT: who
 * reaches the Ingress by another way than Cloudflare is let in, so its address must be open to Cloudflare alone (a tunnel).
 * The annotations name the application for whatever verifies it.
 *
 * @see https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/validating-json/
 */
export class CloudflareAccess implements AccessPolicy {
  /** Who issues the JWTs. */
  readonly issuer: string;
  /** Where the issuer's keys are. */
  readonly keysUrl: string;
  readonly annotations: Record<string, string>;

  constructor({ teamDomain, audience }: CloudflareAccessProps) {
    this.issuer = `https://${teamDomain}`;
    this.keysUrl = `${this.issuer}/cdn-cgi/access/certs`;
    this.annotations = {
      'access.mlflow.org/mode': 'cloudflare-access',
      'access.mlflow.org/issuer': this.issuer,
      'access.mlflow.org/keys-url': this.keysUrl,
      'access.mlflow.org/audience': audience,
    };
  }
}
