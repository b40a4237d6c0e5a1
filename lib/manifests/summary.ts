import Table from 'cli-table3';
import { entrances, isEncrypted } from '../environment/entrances';
import type { Environment } from '../environment/environment';
import type { Manifest } from './manifest';

export interface Rendered {
  readonly environment: Environment;
  readonly manifests: readonly Manifest[];
  /** Where they are. */
  readonly folder: string;
}

/** What the summary says of an environment; small, so that the manifests themselves need not be kept. */
export function summaryRow({ environment, manifests, folder }: Rendered): string[] {
  return [environment.name, String(manifests.length), images(manifests).join('\n'), ui(environment).join('\n'), `kubectl apply -f ${folder}`];
}

/** Nobody reads more, and it takes milliseconds to lay a row out. */
const MAX_ROWS = 20;

/** What was rendered, where the UI will be, and what to do next, as a table. */
export function summary(rows: readonly string[][]): string {
  const table = new Table({ head: ['environment', 'objects', 'images', 'UI', 'next'], style: { head: [], border: [] } });
  table.push(...rows.slice(0, MAX_ROWS));
  const more = rows.length - MAX_ROWS;
  return `${table.toString()}${more > 0 ? `\nand ${more} more, ${rows.length} in all` : ''}`;
}

function images(manifests: readonly Manifest[]): string[] {
  const found = manifests.flatMap(({ yaml }) => [...yaml.matchAll(/^[ -]*image: "?([^"\n]+)"?$/gm)].map(([, image]) => image!));
  return [...new Set(found)].sort();
}

function ui(environment: Environment): string[] {
  const { service, namespace } = environment;
  const pages = entrances(environment).flatMap((entrance) => entrance.hosts.map((host) => `${isEncrypted(entrance) ? 'https' : 'http'}://${host}`));
  if (pages.length) return pages;
  if (service.type === 'NodePort') return [`http://<a node>:${service.nodePort}`];
  return ['http://localhost:5000 after', `kubectl -n ${namespace.name} port-forward svc/mlflow 5000`];
}
