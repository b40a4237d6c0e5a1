import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTemporaryFolder } from '../../testing';

const SCRIPT = join(__dirname, '../../../lib/kit/secrets/with-secrets.sh');

/** Runs a program as a container does, with a folder that `fill` makes for its secrets. */
function run(program: readonly string[], fill: (folder: string) => void) {
  return inTemporaryFolder((parent) => {
    const folder = join(parent, 'secrets');
    fill(folder);
    const env = { PATH: process.env.PATH, SECRETS: folder };
    const { status, stdout } = spawnSync('/bin/sh', [SCRIPT, ...program], { encoding: 'utf8', env });
    return { status, stdout };
  });
}

function files(contents: Record<string, string>) {
  return (folder: string) => {
    mkdirSync(folder);
    for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content);
  };
}

test.each([
  ['special characters', `p@ss:/w%rd#?&'"\\ ü`, `p@ss:/w%rd#?&'"\\ ü`],
  ['shell syntax', '$(id) `id` $HOME *', '$(id) `id` $HOME *'],
  ['a line end, which editors add', 'hunter2\n', 'hunter2'],
  ['a line end of Windows', 'hunter2\r\n', 'hunter2'],
  ['a line end inside', 'one\ntwo\n', 'one\ntwo'],
  ['nothing', '', ''],
])('a program finds a value with %s in its environment', (_what, content, value) => {
  expect(run(['sh', '-c', 'printf "[%s]" "$PASSWORD"'], files({ PASSWORD: content }))).toEqual({ status: 0, stdout: `[${value}]` });
});

test('a program finds all the values, and its arguments as they were', () => {
  const program = ['sh', '-c', 'printf "%s %s %s" "$ONE" "$TWO" "$1"', 'sh', 'an "argument" $ONE'];
  expect(run(program, files({ ONE: '1', TWO: '2' }))).toEqual({ status: 0, stdout: '1 2 an "argument" $ONE' });
});

test('the program\'s end is the launcher\'s', () => {
  expect(run(['sh', '-c', 'exit 7'], files({ ONE: '1' })).status).toBe(7);
});

test.each([
  ['its folder of secrets is missing', () => undefined],
  ['there are no secrets', files({})],
  ['a secret cannot be read', (folder: string) => { mkdirSync(join(folder, 'PASSWORD'), { recursive: true }); }],
])('a program is not started when %s', (_what, fill) => {
  const { status, stdout } = run(['echo', 'started'], fill);
  expect(status).not.toBe(0);
  expect(stdout).toBe('');
});
