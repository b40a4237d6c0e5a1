import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';
import type { Finding } from './judge';

const list = z.array(z.strictObject({
  findings: z.array(z.string().regex(/^(kube-score|checkov) [\w-]+$/)).min(1),
  wants: z.string(),
  objects: z.strictObject({
    local: z.array(z.string()).default([]),
    production: z.array(z.string()).default([]),
    examples: z.array(z.string()).default([]), // what only the examples of production have
  }),
  reason: z.string(),
}));

const accepted = list.parse(load(readFileSync(resolve(__dirname, '../../docs/accepted-findings.yaml'), 'utf8')));

export type EnvironmentName = 'local' | 'production' | 'examples';

export interface Verdict {
  /** Findings that docs/accepted-findings.yaml does not have. */
  readonly unaccepted: readonly string[];
  /** What it has and the judge does not find any more. */
  readonly outdated: readonly string[];
}

/** Compares all that one judge found in some environments with what is accepted in them. */
export function verdict(judge: string, environments: readonly EnvironmentName[], findings: readonly Finding[]): Verdict {
  const expected = new Set(accepted.flatMap(({ findings: checks, objects }) => {
    const own = checks.filter((check) => check.startsWith(`${judge} `));
    return environments.flatMap((environment) => objects[environment]).flatMap((object) => own.map((check) => `${object}: ${check}`));
  }));
  const found = new Map(findings.map(({ object, check, says }) => [`${object}: ${check}`, says]));
  return {
    unaccepted: [...found].filter(([finding]) => !expected.has(finding)).map(([finding, says]) => `${finding}: ${says}`).sort(),
    outdated: [...expected].filter((finding) => !found.has(finding)),
  };
}
