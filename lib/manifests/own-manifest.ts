import { lstatSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { CLUSTER_ANNOTATION, environmentOf } from '../workload/labels';

/** What a manifest that this program wrote says of its environment. */
export interface OwnManifest {
  readonly environment: string;
  readonly namespace?: string;
  readonly cluster?: string;
}

interface Content {
  readonly metadata?: {
    readonly namespace?: string;
    readonly labels?: Record<string, unknown>;
    readonly annotations?: Record<string, string>;
  } | null;
}

/** Whether a file has a name such as this program gives to manifests. */
export function isNameOfManifest(file: string): boolean {
  return /^\d\d-[a-z]+-[a-z0-9.-]+\.yaml$/.test(file);
}

/** Reads a file of such a name, if this program wrote it: it is no link, and holds one object with our labels. */
export function readOwnManifest(path: string): OwnManifest | undefined {
  if (!lstatSync(path).isFile()) return undefined;
  const { metadata } = parse(readFileSync(path, 'utf8')) ?? {};
  const environment = environmentOf(metadata?.labels);
  if (environment === undefined) return undefined;
  return { environment, namespace: metadata?.namespace, cluster: metadata?.annotations?.[CLUSTER_ANNOTATION] };
}

function parse(text: string): Content | null | undefined {
  try {
    return load(text) as Content;
  } catch {
    return undefined; // somebody else's
  }
}
