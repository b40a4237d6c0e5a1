import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl on the cluster of KUBECONFIG. Throws with what it printed when it fails. */
export async function kubectl(args: readonly string[], input?: string): Promise<Output> {
  const child = run('kubectl', args, { maxBuffer: 64 * 2 ** 20 });
  child.child.stdin?.end(input ?? '');
  return child;
}

/** What kubectl prints for -o json. */
export async function get<T = KubernetesList>(...args: string[]): Promise<T> {
  return JSON.parse((await kubectl(['get', ...args, '-o', 'json'])).stdout) as T;
}

export interface KubernetesList {
  readonly items: readonly KubernetesObject[];
}

export interface KubernetesObject {
  readonly metadata: { readonly name: string; readonly uid: string; readonly generation?: number; readonly labels?: Record<string, string> };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly podIP?: string;
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
    readonly initContainerStatuses?: readonly { readonly restartCount: number }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Pods of one component. */
export async function pods(namespace: string, component: string): Promise<readonly KubernetesObject[]> {
  return (await get('-n', namespace, 'pods', '-l', `app.kubernetes.io/component=${component}`)).items;
}

/** URLs of the tracking server's pods. */
export async function servers(namespace: string): Promise<string[]> {
  return (await pods(namespace, 'tracking-server')).map(({ status }) => `http://${status.podIP!}:5000`);
}

/** How often the containers of these pods started again. */
export function restarts(found: readonly KubernetesObject[]): number {
  return found.flatMap(({ status }) => [...status.containerStatuses ?? [], ...status.initContainerStatuses ?? []])
    .reduce((total, { restartCount }) => total + restartCount, 0);
}

export async function apply(path: string): Promise<string> {
  return (await kubectl(['apply', '-f', path])).stdout;
}

/** Of the operators whose custom resources the environments have. */
export async function applyCustomResourceDefinitions(): Promise<void> {
  await kubectl(['apply', '--server-side', '-f', resolve(__dirname, '../../imports/crds')]);
}

export async function rolledOut(namespace: string, workload: string, seconds: number): Promise<void> {
  await kubectl(['-n', namespace, 'rollout', 'status', workload, `--timeout=${seconds}s`]);
}

/** Waits until every Job of these components is complete. */
export async function complete(namespace: string, component: string, seconds = 120): Promise<void> {
  await kubectl(['-n', namespace, 'wait', 'job', '-l', `app.kubernetes.io/component=${component}`, '--for=condition=Complete', `--timeout=${seconds}s`]);
}

/** What the containers of a component have printed; of those that wait to be started nothing. */
export async function logs(namespace: string, component: string): Promise<string> {
  return (await kubectl(['-n', namespace, 'logs', '-l', `app.kubernetes.io/component=${component}`, '--all-containers', '--tail=-1', '--ignore-errors'])).stdout;
}

/** Makes a Secret, or gives it these values. */
export async function applySecret(namespace: string, name: string, values: Record<string, string>): Promise<void> {
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data }));
}

export async function deleteNamespaces(...names: string[]): Promise<void> {
  await kubectl(['delete', 'namespace', ...names, '--ignore-not-found', '--timeout=180s']);
}

/** Removes what a suite has made, without waiting for the pods to end: the next suite has namespaces of its own. */
export async function leaveNamespaces(...names: string[]): Promise<void> {
  await kubectl(['delete', 'namespace', ...names, '--ignore-not-found', '--wait=false']);
}

/** Runs a check until it passes, and throws its last error after `seconds`. */
export async function eventually<T>(seconds: number, check: () => Promise<T>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
