import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { k8s } from 'cdk8s-plus-27';
import { MLFLOW_VERSION, mlflowImage } from '../../lib/versions';
import { hardenedPod } from '../../lib/kit/workload/hardened-pod';
import { kubectl } from './kubectl';

/** What `write_all_the_time.py` prints. */
export interface Written {
  readonly acknowledged: number;
  readonly failed: number;
  /** The first failures, with their times. */
  readonly first: readonly string[];
  /** Acknowledged batches that are not there afterwards. */
  readonly lost: number;
  /** Of the acknowledged ones, in milliseconds. */
  readonly slowest_ms: number;
}

/** What `keep_asking.py` prints. */
export interface Asked {
  readonly answers: number;
  /** The first failures, with their times. */
  readonly failures: readonly string[];
}

/** What is asked of `Written` where not even a request may fail. */
export const nothingFailed = { failed: 0, first: [], lost: 0 };

/** Runs a Python program, of the folder client/ or of a path of its own, in a pod and returns what it prints. Throws when it fails. */
export async function python(namespace: string, pod: string, program: string, ...args: string[]): Promise<string> {
  const source = readFileSync(resolve(__dirname, 'client', program), 'utf8');
  const { stdout } = await kubectl(['-n', namespace, 'exec', '-i', pod, '--', 'timeout', '500', 'python3', '-', ...args], source);
  return stdout;
}

/** What a client's pod has in addition to MLflow. */
export interface ClientOptions {
  /** Names that no DNS has, and their addresses. */
  readonly hosts?: Record<string, string>;
  /** Variables that its programs find, such as their user's name and password. */
  readonly variables?: Record<string, string>;
}

/** A pod with MLflow's Python client, in a namespace of its own: a user of the platform. */
export class Client {
  private constructor(private readonly namespace: string) {}

  static async start(namespace: string, { hosts = {}, variables = {} }: ClientOptions = {}): Promise<Client> {
    const pod = k8s.KubePod.manifest({
      metadata: { name: 'client', namespace },
      spec: hardenedPod({
        containers: [{
          name: 'client',
          image: mlflowImage(MLFLOW_VERSION),
          command: ['sleep', 'infinity'],
          env: [{ name: 'HOME', value: '/tmp' }, { name: 'MLFLOW_DISABLE_TELEMETRY', value: 'true' }, { name: 'GIT_PYTHON_REFRESH', value: 'quiet' },
            ...Object.entries(variables).map(([name, value]) => ({ name, value }))],
          resources: { cpu: ['100m', '2'], memory: ['256Mi', '2Gi'], ephemeralStorage: ['64Mi', '2Gi'] },
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        }],
        hostAliases: Object.entries(hosts).map(([name, ip]) => ({ ip, hostnames: [name] })),
        terminationGracePeriodSeconds: 0,
        volumes: [{ name: 'tmp', emptyDir: {} }],
      }),
    }) as object;
    const all = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, pod];
    await kubectl(['apply', '-f', '-'], all.map((object) => JSON.stringify(object)).join('\n'));
    await kubectl(['-n', namespace, 'wait', 'pod/client', '--for=condition=Ready', '--timeout=120s']);
    return new Client(namespace);
  }

  /** Runs one of the Python programs of the folder client/. */
  async python(program: string, ...args: string[]): Promise<string> {
    return python(this.namespace, 'client', program, ...args);
  }

  /** What became of batches that eight threads write all the time while something is done to the platform, without a retry. */
  async writing(uri: string, action: () => Promise<unknown>): Promise<Written> {
    const stop = `/tmp/stop-${Date.now()}`;
    const written = this.python('write_all_the_time.py', uri, stop);
    try {
      await new Promise((resolve) => setTimeout(resolve, 5000));
      await action();
    } finally {
      await kubectl(['-n', this.namespace, 'exec', 'client', '--', 'touch', stop]);
    }
    return JSON.parse(await written) as Written;
  }

  /** What comes of requests that are sent all the time, by each of some ways (an address, and headers), while something is done to the platform. */
  async asking(ways: readonly (readonly [string, object])[], action: () => Promise<unknown>): Promise<Asked[]> {
    const stop = `/tmp/stop-${Date.now()}`;
    const asked = ways.map(([address, headers]) => this.python('keep_asking.py', address, JSON.stringify(headers), stop));
    try {
      await new Promise((resolve) => setTimeout(resolve, 5000));
      await action();
    } finally {
      await kubectl(['-n', this.namespace, 'exec', 'client', '--', 'touch', stop]);
    }
    return (await Promise.all(asked)).map((text) => JSON.parse(text) as Asked);
  }

  /** The status of an answer, with a Host header and others of one's own. */
  async status(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<number> {
    const flags = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
    const curl = ['curl', '--silent', '--output', '/dev/null', '--max-time', '20', '--write-out', '%{http_code}', '--request', method, ...flags, url];
    return Number((await kubectl(['-n', this.namespace, 'exec', 'client', '--', ...curl])).stdout);
  }
}
