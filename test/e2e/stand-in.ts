import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { k8s } from 'cdk8s-plus-27';
import { MLFLOW_VERSION, mlflowImage } from '../../lib/versions';
import { hardenedPod, scratchVolume } from '../../lib/kit/workload/hardened-pod';
import { python } from './client';
import { get, kubectl, type KubernetesObject } from './kubectl';

const PORT = 8000;

/** A pod with the labels of another, so subject to the same network policies. It listens on a port, and is never ready, lest a Service lead to it. */
export class StandIn {
  private constructor(private readonly namespace: string, readonly name: string, private readonly ip: string) {}

  static async start(namespace: string, component: string, labels: Record<string, string> = {}): Promise<StandIn> {
    const name = `stand-in-${component}`;
    const pod = k8s.KubePod.manifest({
      metadata: { name, namespace, labels: { ...labels, 'app.kubernetes.io/component': component } },
      spec: hardenedPod({
        containers: [{
          name: 'listener',
          image: mlflowImage(MLFLOW_VERSION),
          command: ['python3', '-m', 'http.server', String(PORT), '--directory', '/tmp'],
          resources: { cpu: ['10m', '1'], memory: ['32Mi', '128Mi'], ephemeralStorage: ['1Mi', '16Mi'] },
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        }],
        readinessGates: [{ conditionType: 'example.com/never' }],
        terminationGracePeriodSeconds: 0,
        volumes: [scratchVolume('tmp', '1Mi')],
      }),
    }) as object;
    await kubectl(['apply', '-f', '-'], JSON.stringify(pod));
    await kubectl(['-n', namespace, 'wait', `pod/${name}`, '--for=condition=ContainersReady', '--timeout=120s']);
    const { status } = await get<KubernetesObject>('-n', namespace, 'pod', name);
    return new StandIn(namespace, component, status.podIP!);
  }

  /** A pod like that in the place of the other, to which its Service leads: it runs echo.py on MLflow's port. */
  static async echo(namespace: string, component: string, labels: Record<string, string>): Promise<void> {
    const name = `echo-${component}`;
    const port = k8s.IntOrString.fromNumber(5000);
    const pod = k8s.KubePod.manifest({
      metadata: { name, namespace, labels: { ...labels, 'app.kubernetes.io/component': component } },
      spec: hardenedPod({
        containers: [{
          name: 'echo',
          image: mlflowImage(MLFLOW_VERSION),
          command: ['python3', '-c', readFileSync(resolve(__dirname, 'client/echo.py'), 'utf8'), '5000'],
          ports: [{ name: 'http', containerPort: 5000 }],
          readinessProbe: { httpGet: { path: '/', port }, periodSeconds: 1 },
          resources: { cpu: ['10m', '1'], memory: ['32Mi', '128Mi'], ephemeralStorage: ['1Mi', '16Mi'] },
        }],
        terminationGracePeriodSeconds: 0,
      }),
    }) as object;
    await kubectl(['apply', '-f', '-'], JSON.stringify(pod));
    await kubectl(['-n', namespace, 'wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s']);
  }

  /** Where it listens. */
  get address(): string {
    return `${this.ip}:${PORT}`;
  }

  /** Which of some places it can connect to. */
  async reaches(places: Record<string, string>): Promise<string[]> {
    const named = Object.entries(places).map(([name, address]) => `${name}=${address}`);
    return JSON.parse(await python(this.namespace, `stand-in-${this.name}`, 'connect.py', ...named)) as string[];
  }
}
