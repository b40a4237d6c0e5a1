import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnvironment } from '../../lib/environment/load';
import { StagedFiles } from '../../lib/kit/files/staged-files';
import { formerEnvironments, problemOfNewName, warningOf, warningOfMove, type Places } from '../../lib/manifests/left-behind';
import { render } from '../../lib/manifests/render';
import { generatedSecrets } from '../../lib/environment/generated-secrets';
import { environment, inTemporaryFolder, writeManifests } from '../testing';

const OUTSIDE = '{database: {provider: external, host: db.example.com}, artifactStore: {provider: s3}}';

/** A folder in which an environment was rendered. */
function afterwards(name: string, text: string, use: (places: Places) => void): void {
  inTemporaryFolder((folder) => {
    const places = { output: join(folder, 'dist'), secrets: join(folder, '.secrets'), environments: 'environments' };
    writeManifests({ folder: join(places.output, name), environment: name, manifests: render(environment(text, name)), secret: false });
    mkdirSync(places.secrets);
    use(places);
  });
}

/** Keeps the passwords of an environment, as at its synthesis. */
function keep(places: Places, name: string, text: string): void {
  const staged = new StagedFiles();
  generatedSecrets(places.secrets, environment(text, name)).keep(staged);
  staged.commit();
}

/** The lines about what is left, without the folder's own path. */
function warnings(places: Places, known: readonly string[]): string[] {
  const gone = [...formerEnvironments(places).values()].filter(({ name }) => !known.includes(name));
  return gone.map((left) => warningOf(left, places).replaceAll(`${dirname(places.output)}/`, ''));
}

/** @param others texts of the files that are there next to this one, by name */
function problem(places: Places, name: string, text: string, others: Record<string, string> = {}): string | undefined {
  const read = (other: string) => others[other] === undefined ? undefined : parseEnvironment(others[other]);
  return problemOfNewName(environment(text, name), formerEnvironments(places), places, read)?.replaceAll(`${dirname(places.output)}/`, '');
}

test('nothing is left of what has its file', () => {
  afterwards('a', 'profile: local', (places) => {
    writeFileSync(join(places.secrets, 'a.yaml'), '');
    expect(warnings(places, ['a'])).toEqual([]);
  });
});

test('of an environment whose file is gone it is told what is left, and how to be rid of it', () => {
  afterwards('a', 'profile: local', (places) => {
    expect(warnings(places, ['b'])).toEqual([
      'dist/a: warning: environments/a.yaml is gone, and its manifests are still here: remove what runs, kubectl delete -f dist/a (with it goes the namespace '
      + 'mlflow, with all data and all else in it); and then dist/a; or put the file back',
    ]);
    writeFileSync(join(places.secrets, 'a.yaml'), '');
    expect(warnings(places, ['b'])).toEqual([expect.stringContaining('; and then dist/a and .secrets/a.yaml; or put')]);
    rmSync(join(places.output, 'a'), { recursive: true });
    expect(warnings(places, ['b'])).toEqual(['.secrets/a.yaml: warning: environments/a.yaml is gone, and its passwords are still here: remove them when its platform is gone, too']);
  });
});

test('what goes with the manifests is told where they have no Namespace, too', () => {
  afterwards('a', '{profile: local, namespace: {create: false}}', (places) => {
    expect(warnings(places, [])).toEqual([expect.stringContaining('kubectl delete -f dist/a (with it go its database and artifacts); and then')]);
  });
});

test('a Namespace apart is told apart', () => {
  afterwards('a', OUTSIDE, (places) => {
    expect(warnings(places, [])).toEqual([expect.stringContaining('kubectl delete -f dist/a; its Namespace, with all that is in it: kubectl delete -f dist/a/namespace; and then')]);
  });
});

test('nothing is told of what others put next to it', () => {
  afterwards('a', 'profile: local', (places) => {
    for (const folder of ['theirs', '.hidden', 'empty']) mkdirSync(join(places.output, folder));
    writeFileSync(join(places.output, 'theirs/18-deployment-mlflow.yaml'), 'kind: Deployment');
    writeFileSync(join(places.output, 'README.md'), '');
    writeManifests({ folder: join(places.output, 'copy'), environment: 'a', manifests: render(environment('profile: local', 'a')), secret: false }); // by hand
    symlinkSync(join(places.output, 'a'), join(places.output, 'b'));
    writeFileSync(join(places.secrets, '.b.yaml.new'), '');
    writeFileSync(join(places.secrets, 'notes.txt'), '');
    expect(warnings(places, ['a'])).toEqual([]);
  });
});

test('where nothing was rendered yet, nothing is left', () => {
  inTemporaryFolder((folder) => {
    expect(formerEnvironments({ output: join(folder, 'dist'), secrets: join(folder, '.secrets'), environments: 'environments' }).size).toBe(0);
  });
});

test('an environment that moves to another namespace is told what goes on in the former', () => {
  const moved = (places: Places, text: string) => warningOfMove(environment(text, 'a'), formerEnvironments(places).get('a'));
  afterwards('a', 'profile: local', (places) => {
    expect(moved(places, '{profile: local, namespace: {name: new}}')).toBe('namespace.name: warning: was mlflow until now, and what runs there goes on, on the same database and '
      + 'store where these are others\': remove it, kubectl -n mlflow delete all,jobs,networkpolicies -l app.kubernetes.io/instance=a');
    expect(moved(places, 'profile: local')).toBeUndefined();
    rmSync(places.output, { recursive: true });
    expect(moved(places, '{profile: local, namespace: {name: new}}')).toBeUndefined();
  });
});

describe('a file with a new name is refused', () => {
  test('where its namespace is that of the former, and told what to do', () => {
    afterwards('old', 'profile: local', (places) => {
      expect(problem(places, 'new', 'profile: local')).toBe('is for the namespace mlflow, as environments/old.yaml was, which is gone: the name of an environment is in the '
        + 'selectors of all that runs, so that under a new one nothing would fit. Call the file old.yaml again; or remove the former platform, with the data that it '
        + 'holds itself, kubectl delete -f dist/old (with it goes the namespace mlflow, with all data and all else in it), and then dist/old');
    });
  });

  test('in production, too, where the Namespace is in a folder of its own', () => {
    afterwards('old', OUTSIDE, (places) => {
      expect(problem(places, 'new', OUTSIDE)).toContain('as environments/old.yaml was');
    });
  });

  test('unless its namespace is another, or nothing of the former is left', () => {
    afterwards('old', 'profile: local', (places) => {
      expect(problem(places, 'new', '{profile: local, namespace: {name: new}}')).toBeUndefined();
      rmSync(join(places.output, 'old'), { recursive: true });
      expect(problem(places, 'new', 'profile: local')).toBeUndefined();
    });
  });

  test('where only the passwords are still there, which say where they were used', () => {
    afterwards('old', 'profile: local', (places) => {
      rmSync(join(places.output, 'old'), { recursive: true });
      keep(places, 'old', 'profile: local');
      expect(problem(places, 'new', 'profile: local')).toMatch(/^is for the namespace mlflow, as environments\/old\.yaml was, which is gone: .* and then \.secrets\/old\.yaml$/);
      expect(problem(places, 'new', '{profile: local, namespace: {name: new}}')).toBeUndefined();
      keep(places, 'old', '{profile: local, cluster: east}');
      expect(problem(places, 'new', '{profile: local, cluster: west}')).toBeUndefined();
    });
  });

  test('where the other file is there, and is for another namespace now, as after a copy or an exchange of names', () => {
    afterwards('old', 'profile: local', (places) => {
      expect(problem(places, 'new', 'profile: local', { old: '{profile: local, namespace: {name: elsewhere}}' }))
        .toMatch(/^is for the namespace mlflow, as environments\/old\.yaml was, until now: .* Write another namespace; or remove the former platform/);
    });
  });

  test('unless the other file still says that namespace, or is faulty: then files are compared', () => {
    afterwards('old', 'profile: local', (places) => {
      for (const old of ['profile: local', '{profile: local, cluster: east}', 'traking: {}']) expect(problem(places, 'new', 'profile: local', { old })).toBeUndefined();
    });
  });

  test('unless it was there itself already', () => {
    afterwards('new', 'profile: local', (places) => {
      keep(places, 'old', 'profile: local');
      expect(problem(places, 'new', 'profile: local')).toBeUndefined();
    });
  });

  test('unless its cluster is another', () => {
    afterwards('old', '{profile: local, cluster: east}', (places) => {
      expect(problem(places, 'new', '{profile: local, cluster: west}')).toBeUndefined();
      expect(problem(places, 'new', '{profile: local, cluster: east}')).toContain('as environments/old.yaml was');
      expect(problem(places, 'new', 'profile: local')).toContain('as environments/old.yaml was'); // it does not say
    });
  });
});
