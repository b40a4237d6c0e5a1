/** Something wrong with an environment file. */
export interface Problem {
  /** Where in the file, e.g. `tracking.workers`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong and what to write instead; it follows the path and, where there is one, the value. */
  readonly message: string;
}

/** Thrown with all the problems of all the files. */
export class InvalidEnvironments extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'InvalidEnvironments';
  }
}

/** A problem as it is printed: `environments/x.yaml: tracking.workers: 8 needs …`. */
export function describeProblem(file: string, { path, message }: Problem): string {
  return [file, ...(path ? [path] : []), message].join(': ');
}
