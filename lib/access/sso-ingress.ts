import { HttpIngressPathType, k8s, type Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { componentLabels } from '../workload/labels';
import { openAccess, type AccessPolicy } from './access-policy';

const COMPONENT = 'ingress';

/**
 * What people and programs need of the server, and nothing else: /metrics above all must not be public, and a list of what is served
 * hides what a later release adds until somebody has looked at it. "/" is the page; all its views are behind "#".
 * test/e2e compares the list with the routes of the real server.
 */
export const servedPaths: readonly { readonly path: string; readonly type: HttpIngressPathType }[] = [
  { path: '/', type: HttpIngressPathType.EXACT },
  ...[
    '/ajax-api',
    '/api',
    '/gateway',
    '/get-artifact',
    '/graphql',
    '/health',
    '/model-versions/get-artifact',
    '/static-files',
    '/v1',
    '/version',
  ].map((path) => ({ path, type: HttpIngressPathType.PREFIX })),
];

export interface SsoIngressProps {
  /** Service to lead to. */
  readonly service: Service;
  /** Names that people reach the UI by. */
  readonly hosts: readonly string[];
  /** IngressClass. */
  readonly className: string;
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
  /**
   * Who is let in.
   * @default - everybody
   */
  readonly access?: AccessPolicy;
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
    const { hosts, service, className, tlsSecret, maxBodySize, timeoutSeconds, access = openAccess } = props;
    const backend = { service: { name: service.name, port: { number: service.port } } };
    const paths = servedPaths.map(({ path, type }) => ({ path, pathType: type, backend }));
    // The typed import, because the Ingress of cdk8s-plus throws at a host called "constructor".
    new k8s.KubeIngress(this, 'Resource', {
      metadata: {
        name: service.name,
        labels: componentLabels(this, COMPONENT),
        annotations: { ...forArtifacts(maxBodySize ?? 0, timeoutSeconds), ...redirectToTls(tlsSecret !== undefined), ...access.annotations },
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
