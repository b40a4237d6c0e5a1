import { spawnSync } from 'node:child_process';
import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';

/** Controllers that this cluster has not. A suite says by `@controllers` in the first comment of its file which ones it needs. */
const MISSING = (process.env.E2E_WITHOUT ?? '').split(' ');

/**
 * Skips the suites that need a controller which the cluster has not. When a test or a hook fails, prints what the cluster says about the namespaces
 * of the end-to-end tests, before they are deleted.
 */
export default class ClusterEnvironment extends TestEnvironment {
  private readonly isLeftOut: boolean;

  constructor(...[config, context]: ConstructorParameters<typeof TestEnvironment>) {
    super(config, context);
    const needed = [context.docblockPragmas.controllers ?? []].flat().flatMap((names) => names.split(' '));
    this.isLeftOut = needed.some((controller) => MISSING.includes(controller));
  }

  handleTestEvent(event: Circus.Event, state: Circus.State): void {
    if (event.name === 'run_start' && this.isLeftOut) skip(state.rootDescribeBlock);
    if (event.name === 'test_fn_failure') diagnose(event.test.name);
    if (event.name === 'hook_failure') diagnose(event.hook.type);
  }
}

function skip({ children }: Circus.DescribeBlock): void {
  for (const child of children) {
    if (child.type === 'test') child.mode = 'skip';
    else skip(child);
  }
}

function diagnose(what: string): void {
  const kubectl = (...args: string[]) => spawnSync('kubectl', args, { encoding: 'utf8', timeout: 60_000 }).stdout;
  const print = (text: string) => process.stdout.write(`${text}\n`);
  print(`\n===== ${what} failed =====`);
  const namespaces = kubectl('get', 'namespaces', '-o', 'name').split('\n').map((name) => name.replace('namespace/', '')).filter((name) => name.startsWith('e2e-'));
  for (const namespace of namespaces) {
    print(`----- pods of ${namespace}\n${kubectl('-n', namespace, 'get', 'pods,jobs', '-o', 'wide')}`);
    print(`----- events of ${namespace}\n${kubectl('-n', namespace, 'get', 'events', '--sort-by=.lastTimestamp').split('\n').slice(-40).join('\n')}`);
    for (const pod of kubectl('-n', namespace, 'get', 'pods', '-o', 'name').split('\n').filter(Boolean)) {
      print(`----- log of ${namespace} ${pod}\n${kubectl('-n', namespace, 'logs', pod, '--all-containers', '--prefix', '--tail=30')}`);
    }
  }
}
