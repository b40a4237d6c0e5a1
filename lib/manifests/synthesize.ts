import { join, relative } from 'node:path';
import type { LoadedEnvironment } from '../features/environment';
import { profiles } from '../features/profiles';
import { environmentFiles, nameOf } from '../environment/files';
import { loadEnvironments, readEnvironment } from '../environment/load';
import { describeProblem, InvalidEnvironments } from '../kit/problem';
import { isLocked, withLock } from '../kit/files/lock';
import { StagedFiles } from '../kit/files/staged-files';
import { generatedSecrets, type GeneratedSecrets } from '../environment/generated-secrets';
import { formerEnvironments, problemOfNewName, warningOf, warningOfMove, type Places } from './left-behind';
import { outputFolder } from './output-folder';
import { render } from './render';
import { tooLarge } from './size';
import { summary, summaryRow, type SummaryRow } from './summary';
import { stageManifests } from './write';

/** Mode of a folder that only its owner can open. */
const PRIVATE_FOLDER = 0o700;

/**
 * Renders environments, and returns what to tell people. Nothing has changed where something is wrong with one of them.
 *
 * @param only names of the environments; default: all
 */
export function synthesize(places: Places, only?: readonly string[]): string {
  environmentFiles(places.environments); // where there are none, as in another folder, nothing is made
  return withLock(outputFolder(places.output), () => {
    const environments = loadEnvironments(places.environments, only);
    lookAround(environments, places);
    const secrets = environments.map((environment) => secretsOf(environment, places));
    const rows = secrets.some((each) => each?.isNew) || isLocked(places.secrets)
      // Another run may write other manifests and the same secrets: what that has made meanwhile holds here, too.
      ? withLock(places.secrets, () => write(environments, environments.map((environment) => secretsOf(environment, places)), places), PRIVATE_FOLDER)
      : write(environments, secrets, places);
    return summary(rows);
  });
}

/** Refuses a file that takes another's place, as one that got a new name does, and warns of what is left of files that are gone. */
function lookAround(environments: readonly LoadedEnvironment[], places: Places): void {
  const files = new Map(environmentFiles(places.environments).map((file) => [nameOf(file), join(places.environments, file)]));
  const former = formerEnvironments(places);
  const read = (name: string) => files.has(name) ? readEnvironment(files.get(name)!) : undefined;
  const lines = environments.flatMap((environment) => {
    const message = problemOfNewName(environment, former, places, read);
    return message === undefined ? [] : [describeProblem(environment.file, { path: '', message })];
  });
  if (lines.length) throw new InvalidEnvironments(lines);
  for (const each of former.values()) if (!files.has(each.name)) console.warn(warningOf(each, places));
  for (const environment of environments) {
    const moved = warningOfMove(environment, former.get(environment.name));
    if (moved !== undefined) console.warn(describeProblem(environment.file, { path: '', message: moved }));
  }
}

function secretsOf(environment: LoadedEnvironment, { secrets }: Places): GeneratedSecrets | undefined {
  return profiles[environment.profile].makesSecrets ? generatedSecrets(secrets, environment) : undefined;
}

/** One environment at a time is rendered, so that the memory of a thousand is that of one. */
function write(environments: readonly LoadedEnvironment[], secrets: readonly (GeneratedSecrets | undefined)[], places: Places): SummaryRow[] {
  const staged = new StagedFiles();
  try {
    for (const each of secrets) each?.keep(staged);
    const lines: string[] = [];
    const warnings: string[] = [];
    const rows = environments.map((environment, index) => {
      const folder = relative('.', join(places.output, environment.name));
      const values = secrets[index]?.values;
      const manifests = render(environment, values);
      lines.push(...tooLarge(environment.file, manifests));
      warnings.push(...stageManifests(staged, { folder, environment: environment.name, manifests, secret: values !== undefined }));
      return summaryRow({ environment, manifests, folder });
    });
    if (lines.length) throw new InvalidEnvironments(lines);
    staged.commit();
    for (const warning of warnings) console.warn(warning);
    return rows;
  } catch (error) {
    staged.discard();
    throw error;
  }
}
