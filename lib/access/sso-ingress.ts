import { k8s, type Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { componentLabels } from '../workload/labels';
import { servedPaths } from './served-paths';

const COMPONENT = 'ingress';

export interface SsoIngressProps {
  readonly name: string;
  /** Service to lead to. */
  readonly service: Service;
  /** Names that people reach the UI by. */
  readonly hosts: readonly string[];
  /** Whose annotations it has. */
  readonly controller: 'nginx' | 'traefik';
  /**
   * IngressClass.
   * @default - the controller's name
   */
  readonly className?: string;
  /**
   * Secret of type kubernetes.io/tls for all the hosts.
   * @default - no TLS at the Ingress
   */
  readonly tlsSecret?: string;
  /**
   * Largest body of a request, in bytes.
   * @default - unlimited
   */
  readonly maxBodySize?: number;
  /** Seconds that an upload or download may pause. */
  readonly timeoutSeconds: number;
}

/**
 * The way in from outside the cluster. The annotations are those of the NGINX family, which Traefik reads too; none is a snippet, which
 * controllers refuse by default.
 *
 * @see https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/
 */
export class SsoIngress extends Construct {
  constructor(scope: Construct, id: string, props: SsoIngressProps) {
    super(scope, id);
    const { name, hosts, service, controller, className = controller, tlsSecret, maxBodySize, timeoutSeconds } = props;
    const backend = { service: { name: service.name, port: { number: service.port } } };
    const paths = servedPaths.map(({ path, match }) => ({ path, pathType: match, backend }));
    // The typed import, because the Ingress of cdk8s-plus throws at a host called "constructor".
    new k8s.KubeIngress(this, 'Resource', {
      metadata: {
        name,
        labels: componentLabels(this, COMPONENT),
        annotations: { ...forArtifacts(maxBodySize ?? 0, timeoutSeconds), ...redirectToTls(tlsSecret !== undefined)},
      },
      spec: {
        ingressClassName: className,
        tls: tlsSecret ? [{ hosts: [...hosts], secretName: tlsSecret }] : undefined,
        rules: hosts.map((host) => ({ host, http: { paths } })),
      },
    });
  }
}

/** By default NGINX refuses bodies over 1 MB, keeps them on its disk before it passes them on, and gives up after 60 s. */
function forArtifacts(maxBodySize: number, timeoutSeconds: number): Record<string, string> {
  return nginx({
    'proxy-body-size': String(maxBodySize),
    'proxy-request-buffering': 'off',
    'proxy-read-timeout': String(timeoutSeconds),
    'proxy-send-timeout': String(timeoutSeconds),
  });
}

function redirectToTls(redirect: boolean): Record<string, string> {
  return nginx({ 'ssl-redirect': String(redirect) });
}

function nginx(annotations: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]));
}
