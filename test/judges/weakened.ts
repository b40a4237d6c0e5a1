import type { Manifest } from '../../lib/manifests/manifest';
import type { Pod, Volume, Workload } from '../testing';

/** The same manifests, but that the tracking server's pod is as careless people write one, and nothing else guards it. */
export function weakened(manifests: readonly Manifest[]): Manifest[] {
  return manifests.filter(({ file }) => !GUARDS.test(file)).map((manifest) => {
    if (manifest.object.kind !== 'Deployment' || manifest.object.metadata.name !== 'mlflow') return manifest;
    const { spec, ...rest } = manifest.object as Workload;
    const object = { ...rest, spec: { ...spec, template: { ...spec.template, spec: weakenedPod(spec.template.spec) } } };
    return { ...manifest, object, yaml: JSON.stringify(object) }; // all JSON is YAML
  });
}

const GUARDS = /networkpolicy-mlflow-tracking-server|poddisruptionbudget-mlflow\.yaml/;

function weakenedPod(pod: Pod): Pod {
  return {
    ...pod,
    securityContext: undefined,
    hostNetwork: true,
    nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
    volumes: [...pod.volumes!, { name: 'host', hostPath: { path: '/' } } as Volume],
    containers: pod.containers.map((container) => ({
      ...container,
      image: 'ghcr.io/mlflow/mlflow:latest',
      env: [...container.env!, { name: 'REGISTRY', value: 'postgresql://mlflow:correct-horse@db/mlflow' }],
      readinessProbe: undefined,
      resources: {},
      securityContext: { privileged: true },
    })),
  };
}
