import { describeProblem } from '../kit/problem';
import type { Manifest } from './manifest';

/**
 * Bytes that an object may have as JSON: `kubectl apply` keeps it in an annotation, and all annotations of an object together have 262144
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/). etcd takes six times that.
 */
const MOST_BYTES = 261_000;

/** Bytes of one variable or argument of a program (Linux' MAX_ARG_STRLEN, with the name and the final zero). */
const MOST_IN_VARIABLE = 130_000;

/** Lines about what the cluster would refuse for its size, or could not start. */
export function tooLarge(file: string, manifests: readonly Manifest[]): string[] {
  return manifests.filter(({ yaml }) => mayBeLarge(yaml)).flatMap(({ object }) => {
    const what = `the ${object.kind} ${object.metadata.name}`;
    const bytes = Buffer.byteLength(asKubectlWrites(object));
    const longest = longestVariable(object);
    const problem = (message: string) => describeProblem(file, { path: '', message: `${message}: write fewer hosts, peers or groups, or shorter ones` });
    return [
      ...bytes > MOST_BYTES ? [problem(`${what} would have ${bytes} bytes, and kubectl can apply ${MOST_BYTES}`)] : [],
      ...longest > MOST_IN_VARIABLE ? [problem(`${what} would have a variable or argument of ${longest} bytes, and a program can have ${MOST_IN_VARIABLE}`)] : [],
    ];
  });
}

/** Whether it is worth the time to write an object as JSON, which takes two letters for one of YAML, and for three of them six. */
function mayBeLarge(yaml: string): boolean {
  return yaml.length > MOST_BYTES / 6 && 2 * yaml.length + 4 * (yaml.match(/[<>&]/g) ?? []).length > Math.min(MOST_BYTES, 2 * MOST_IN_VARIABLE);
}

/** Go writes these three letters as \u003c and the like. */
function asKubectlWrites(object: object): string {
  return JSON.stringify(object).replaceAll(/[<>&]/g, '\\u0000');
}

/** The longest text in an object of those that programs get: ConfigMaps whose keys are variables, and containers. */
function longestVariable(value: unknown, key = ''): number {
  if (typeof value === 'string') return key.includes('.') ? 0 : Buffer.byteLength(value); // a key with a dot is that of a file
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce((most, [name, part]) => Math.max(most, longestVariable(part, Array.isArray(value) ? key : name)), 0);
}
