import { basename } from 'node:path';
import { load } from 'js-yaml';
import { readOwn } from '../kit/files/read';
import { CLUSTER_ANNOTATION, environmentOf } from '../kit/workload/labels';

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
function isNameOfManifest(file: string): boolean {
  return /^\d\d-[a-z]+-[a-z0-9.-]+\.yaml$/.test(file);
}

/** Reads a file that this program may have written: by its name, and because it is no link, and holds one object with our labels. */
export function readOwnManifest(path: string): OwnManifest | undefined {
  if (!isNameOfManifest(basename(path))) return undefined;
  const { metadata } = parse(readOwn(path) ?? '') ?? {};
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
