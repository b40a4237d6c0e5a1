import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What a judge has against an object. */
export interface Finding {
  /** The object as kubectl names it, except the hash of a Job: "deployment/mlflow". */
  readonly object: string;
  /** The judge, and its name of the check: "checkov CKV_K8S_43". */
  readonly check: string;
  /** What is wrong, in the judge's words. */
  readonly says: string;
}

/** Judges all the manifests in a folder together. */
export type Judge = (folder: string) => Finding[];

interface KubeScoreObject {
  readonly file_name: string;
  readonly checks: readonly {
    readonly check: { readonly id: string; readonly name: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
  }[];
}

const ALL_OK = 10;

/**
 * kube-score, with two of its optional tests. The others want requests that equal limits: a worker takes its limit of CPU when it starts
 * and its limit of memory for large transfers, and a node would hold half as many.
 */
export const kubeScore: Judge = (folder) => {
  const scored = run('kube-score', [
    'score', '--output-format=json', '--kubernetes-version=v1.35', '--disable-ignore-checks-annotations',
    '--enable-optional-test=container-seccomp-profile', '--enable-optional-test=container-ports-check',
    ...readdirSync(folder).filter((file) => file.endsWith('.yaml')).map((file) => join(folder, file)),
  ]) as readonly KubeScoreObject[];
  return scored.flatMap(({ file_name: file, checks }) => checks
    .filter(({ grade, skipped }) => grade < ALL_OK && !skipped)
    .map(({ check, comments }) => ({
      object: objectIn(file),
      check: `kube-score ${check.id}`,
      says: (comments ?? []).map(({ path, summary }) => [path, summary].filter(Boolean).join(': ')).join('; '),
    })));
};

interface CheckovReport {
  readonly results?: Readonly<Record<'failed_checks' | 'skipped_checks', readonly {
    readonly check_id: string;
    readonly check_name: string;
    readonly file_path: string;
  }[]>>;
}

/**
 * checkov: its checks of Kubernetes, and its search for passwords, of which only Secrets may have any. Those that the tests render are
 * too regular to be taken for some.
 */
export const checkov: Judge = (folder) => {
  const reports = [run('checkov', [
    '--directory', folder, '--framework', 'kubernetes', 'secrets', '--skip-download', '--quiet', '--compact', '--output', 'json',
  ])].flat() as CheckovReport[];
  return reports.flatMap(({ results }) => [...results?.failed_checks ?? [], ...results?.skipped_checks ?? []])
    .map(({ check_id: id, check_name: name, file_path: file }) => ({ object: objectIn(file), check: `checkov ${id}`, says: name }));
};

function run(program: string, parameters: readonly string[]): unknown {
  const { error, stdout, stderr } = spawnSync(program, parameters, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
  if (error) throw new Error(`${program}: ${error.message}: put the folder that .ci/judges prints into PATH`);
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`${program} printed no JSON, but: ${stdout}${stderr}`);
  }
}

/** `17-deployment-mlflow.yaml` is that of `deployment/mlflow`. */
function objectIn(file: string): string {
  return basename(file, '.yaml').replace(/^\d+-([a-z]+)-/, '$1/');
}
