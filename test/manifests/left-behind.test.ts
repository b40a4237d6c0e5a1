import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { leftBehind, problemOfNewName, warningOf, warningOfMove, type Places } from '../../lib/manifests/left-behind';
import { render } from '../../lib/manifests/render';
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

/** The lines about what is left, without the folder's own path. */
function warnings(places: Places, known: readonly string[]): string[] {
  return leftBehind(places, known).map((left) => warningOf(left, places).replaceAll(`${dirname(places.output)}/`, ''));
}

function problem(places: Places, name: string, text: string): string | undefined {
  return problemOfNewName(environment(text, name), leftBehind(places, [name]), places)?.replaceAll(`${dirname(places.output)}/`, '');
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
      'dist/a: warning: environments/a.yaml is gone, and its manifests are still here: remove what runs, kubectl delete -f dist/a, and then the folder; or put the file back',
    ]);
    writeFileSync(join(places.secrets, 'a.yaml'), '');
    expect(warnings(places, ['b'])).toEqual([expect.stringContaining('and then the folder and .secrets/a.yaml; or put')]);
    rmSync(join(places.output, 'a'), { recursive: true });
    expect(warnings(places, ['b'])).toEqual(['.secrets/a.yaml: warning: environments/a.yaml is gone, and its passwords are still here: remove them when its platform is gone, too']);
  });
});

test('a Namespace apart is told apart', () => {
  afterwards('a', OUTSIDE, (places) => {
    expect(warnings(places, [])).toEqual([expect.stringContaining('kubectl delete -f dist/a (its Namespace, with all that is in it: kubectl delete -f dist/a/namespace), and then')]);
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
    expect(leftBehind({ output: join(folder, 'dist'), secrets: join(folder, '.secrets'), environments: 'environments' }, ['a'])).toEqual([]);
  });
});

test('an environment that moves to another namespace is told what goes on in the former', () => {
  const moved = (places: Places, text: string) => warningOfMove(environment(text, 'a'), places);
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
        + 'holds itself, kubectl delete -f dist/old, and then that folder');
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

  test('unless its cluster is another', () => {
    afterwards('old', '{profile: local, cluster: east}', (places) => {
      expect(problem(places, 'new', '{profile: local, cluster: west}')).toBeUndefined();
      expect(problem(places, 'new', '{profile: local, cluster: east}')).toContain('as environments/old.yaml was');
      expect(problem(places, 'new', 'profile: local')).toContain('as environments/old.yaml was'); // it does not say
    });
  });
});
