import { get, kubectl } from '../kubectl';

const PEAK = 'cat /proc/[0-9]*/status | awk \'/^VmHWM/ { sum += $2 } END { print sum * 1024 }\'';

/** The most memory that the processes of the server and of the gateway have ever held, in bytes. */
export async function peakMemory(namespace: string): Promise<Record<string, number>> {
  const of = async (inNamespace: string, selector: string, container: string) => {
    const { items: [pod] } = await get('-n', inNamespace, 'pods', '-l', selector);
    return Number((await kubectl(['-n', inNamespace, 'exec', pod!.metadata.name, '-c', container, '--', 'sh', '-c', PEAK])).stdout);
  };
  return {
    server: await of(namespace, 'app.kubernetes.io/component=tracking-server', 'mlflow'),
    gateway: await of('envoy-gateway-system', `gateway.envoyproxy.io/owning-gateway-namespace=${namespace}`, 'envoy'),
  };
}
