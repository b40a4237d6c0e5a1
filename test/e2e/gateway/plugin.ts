import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { kubectl } from '../kubectl';

/** Builds the wheel of the plugin for Cloudflare, and returns its path. */
export function buildPlugin(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mlflow-platform-'));
  cpSync(resolve(__dirname, '../../../clients/python'), join(folder, 'source'), { recursive: true }); // pip leaves files next to the source
  const wheels = join(folder, 'wheels');
  execFileSync('python3', ['-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', wheels, join(folder, 'source')], { stdio: 'inherit' });
  return join(wheels, readdirSync(wheels)[0]!);
}

/** Unpacks it in a namespace's client. */
export async function installPlugin(namespace: string): Promise<void> {
  const unpack = 'base64 -d > /tmp/plugin.whl && python3 -m zipfile -e /tmp/plugin.whl /tmp/site';
  await kubectl(['-n', namespace, 'exec', '-i', 'client', '--', 'sh', '-c', unpack], readFileSync(buildPlugin()).toString('base64'));
}
