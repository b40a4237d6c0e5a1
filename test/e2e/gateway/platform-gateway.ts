import { get, kubectl, type KubernetesObject } from '../kubectl';

/** Waits for a namespace's gateway, and returns its address. */
export async function platformGateway(namespace: string): Promise<string> {
  await kubectl(['-n', namespace, 'wait', 'gateway/mlflow', '--for=condition=Programmed', '--timeout=240s']);
  const { status } = await get<KubernetesObject & { status: { addresses: { value: string }[] } }>('-n', namespace, 'gateway', 'mlflow');
  return status.addresses[0]!.value;
}
