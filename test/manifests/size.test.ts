import { spawnSync } from 'node:child_process';
import { render } from '../../lib/manifests/render';
import { tooLarge } from '../../lib/manifests/size';
import { environment } from '../testing';

const hosts = (count: number) => Array.from({ length: count }, (_, index) => `mlflow-${index}.teams.example.com`).join(', ');
const linesOf = (text: string) => tooLarge('environments/x.yaml', render(environment(text)));

test('what kubectl could not apply is refused: an Ingress of too many hosts', () => {
  expect(linesOf(`{profile: local, ingress: {hosts: [${hosts(300)}]}}`)).toEqual([expect.stringMatching(
    /^environments\/x\.yaml: the Ingress mlflow would have \d{6} bytes, and kubectl can apply 261000: write fewer hosts, peers or groups, or shorter ones$/)]);
  expect(linesOf(`{profile: local, ingress: {hosts: [${hosts(100)}]}}`)).toEqual([]);
});

test('what kubectl could not apply is refused: a policy of too many networks', () => {
  const networks = Array.from({ length: 7000 }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`).join(', ');
  expect(linesOf(`{profile: local, network: {clients: [{cidrs: [${networks}]}]}}`)).toEqual([expect.stringContaining('the NetworkPolicy mlflow-tracking-server would have')]);
});

test('what no program could be started with is refused: a variable of too many hosts', () => {
  expect(linesOf(`{profile: local, ingress: {hosts: [${hosts(3000)}]}}`)).toEqual(expect.arrayContaining([
    expect.stringMatching(/the Deployment mlflow would have a variable or argument of \d+ bytes, and a program can have 130000/),
  ]));
});

(process.platform === 'linux' ? test : test.skip)('such a program really is not started, and one with as much as is allowed is', () => {
  const start = (length: number) => spawnSync('/bin/true', [], { env: { HOSTS: 'x'.repeat(length) } }).error?.message;
  expect(start(130_000)).toBeUndefined();
  expect(start(140_000)).toContain('E2BIG');
});

test('letters that Go writes in six count as six', () => {
  const manifest = { file: '12-configmap-a.yaml', yaml: '<'.repeat(50_000), object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { 'a.py': '<'.repeat(50_000) } } };
  expect(tooLarge('x', [manifest])).toEqual([expect.stringContaining('the ConfigMap a would have 300')]);
});
