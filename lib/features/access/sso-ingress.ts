import { k8s, type Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { componentLabels } from '../../kit/workload/labels';
import type { ServedPath } from './served-paths';

const COMPONENT = 'ingress';

export interface SsoIngressProps {
  readonly name: string;
  /** Service to lead to. */
  readonly service: Service;
  /** The paths that it serves; it has no others. */
  readonly paths: readonly ServedPath[];
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
   * Largest body of a request, in bytes. Traefik has no such limit.
   * @default - unlimited
   */
  readonly maxBodySize?: number;
  /** Seconds that an upload or download may pause. */
  readonly timeoutSeconds: number;
}

/**
 * An entrance from outside the cluster. None of its annotations is a snippet, which controllers refuse by default, and none delegates
 * authentication: the guard behind the Ingress does that. docs/ingress.md says where each annotation is documented.
 */
export class SsoIngress extends Construct {
  constructor(scope: Construct, id: string, props: SsoIngressProps) {
    super(scope, id);
    const { name, hosts, service, paths, controller, className = controller, tlsSecret } = props;
    const backend = { service: { name: service.name, port: { number: service.port } } };
    const http = { paths: paths.map(({ path, match }) => ({ path, pathType: match, backend })) };
    const annotations = controller === 'nginx' ? ofNginx(props) : ofTraefik(props);
    // The typed import, because the Ingress of cdk8s-plus throws at a host called "constructor".
    new k8s.KubeIngress(this, 'Resource', {
      metadata: { name, labels: componentLabels(this, COMPONENT), annotations },
      spec: {
        ingressClassName: className,
        tls: tlsSecret ? [{ hosts: [...hosts], secretName: tlsSecret }] : undefined,
        rules: hosts.map((host) => ({ host, http })),
      },
    });
  }
}

/**
 * By default NGINX refuses bodies over 1 MB, keeps them on its disk before it passes them on, gives up after 60 s, and refuses answers
 * whose headers, as those of a session of many groups, are longer than 4k.
 */
function ofNginx({ maxBodySize = 0, timeoutSeconds, tlsSecret }: SsoIngressProps): Record<string, string> {
  return prefixed('nginx.ingress.kubernetes.io', {
    'proxy-body-size': String(maxBodySize),
    'proxy-buffer-size': '16k',
    'proxy-buffering': 'off',
    'proxy-request-buffering': 'off',
    'proxy-read-timeout': String(timeoutSeconds),
    'proxy-send-timeout': String(timeoutSeconds),
    // Never force-ssl-redirect: where TLS ends before the cluster, every request comes by http, and would be sent back for ever.
    'ssl-redirect': String(tlsSecret !== undefined),
  });
}

/**
 * Traefik passes bodies of any size on as they come. It serves an Ingress by http, too, unless it is told otherwise, whatever its
 * certificates; timeouts and a redirect to https are the entry point's to have, not the Ingress's.
 */
function ofTraefik({ tlsSecret }: SsoIngressProps): Record<string, string> | undefined {
  return tlsSecret ? prefixed('traefik.ingress.kubernetes.io', { 'router.entrypoints': 'websecure', 'router.tls': 'true' }) : undefined;
}

function prefixed(prefix: string, annotations: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`${prefix}/${key}`, value]));
}
