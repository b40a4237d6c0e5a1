import Table from 'cli-table3';
import type { Environment } from '../environment/environment';
import type { Manifest } from './manifest';

export interface Rendered {
  readonly environment: Environment;
  readonly manifests: readonly Manifest[];
  /** Where they are. */
  readonly folder: string;
}

/** What was rendered, where the UI will be, and what to do next, as a table. */
export function summary(rendered: readonly Rendered[]): string {
  const table = new Table({ head: ['environment', 'objects', 'images', 'UI', 'next'], style: { head: [], border: [] } });
  for (const { environment, manifests, folder } of rendered) {
    table.push([environment.name, manifests.length, images(manifests).join('\n'), ui(environment).join('\n'), `kubectl apply -f ${folder}`]);
  }
  return table.toString();
}

function images(manifests: readonly Manifest[]): string[] {
  const found = manifests.flatMap(({ yaml }) => [...yaml.matchAll(/^[ -]*image: "?([^"\n]+)"?$/gm)].map(([, image]) => image!));
  return [...new Set(found)].sort();
}

function ui({ ingress, service, namespace }: Environment): string[] {
  if (ingress) return ingress.hosts.map((host) => `${ingress.tls ? 'https' : 'http'}://${host}`);
  if (service.type === 'NodePort') return [`http://<a node>:${service.nodePort}`];
  return ['http://localhost:5000 after', `kubectl -n ${namespace.name} port-forward svc/mlflow 5000`];
}
