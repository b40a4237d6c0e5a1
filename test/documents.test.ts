import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { load as parseYaml } from 'js-yaml';
import { render } from '../lib/manifests/render';
import { load } from './environment/refused';
import { environment } from './testing';

const ROOT = join(__dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const inFolder = (folder: string) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file));

const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...inFolder('docs')].filter((file) => file.endsWith('.md'));

function headings(text: string): string[] {
  return text.replace(/^```[^]*?^```/gm, '').split('\n').flatMap((line) => /^#+ (.*)/.exec(line)?.[1] ?? []);
}

/** What a Git host calls a heading in addresses. */
function anchor(heading: string): string {
  return heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
}

/** The links of a document to places in the repository that are not there. */
function broken(document: string): string[] {
  return [...read(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!).filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [path, name] = link.split('#') as [string, string | undefined];
    const target = path === '' ? join(ROOT, document) : resolve(ROOT, dirname(document), path);
    if (!existsSync(target)) return true;
    return name !== undefined && !headings(readFileSync(target, 'utf8')).map(anchor).includes(name);
  });
}

test.each(documents)('%s: every link leads to a file and heading of the repository', (document) => {
  expect(broken(document)).toEqual([]);
});

test.each(documents)('%s: the files that it names are there', (document) => {
  const named = [...read(document).matchAll(/`((?:lib|test|docs|environments|examples|imports|clients|\.ci)\/[\w./-]+)`/g)].map(([, file]) => file!);
  expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

test('the documents that programs and their messages name are there', () => {
  const sources = inFolder('lib').filter((file) => /\.(ts|py|sh)$/.test(file));
  const named = sources.flatMap((file) => [...read(file).matchAll(/(?<![\w/.])docs\/[\w/-]+\.(?:md|yaml)/g)].map(([document]) => document));
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((document) => !existsSync(join(ROOT, document)))).toEqual([]);
});

test.each(documents)('%s: the commands of npm that it names are in package.json', (document) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: object };
  const named = [...read(document).matchAll(/\bnpm run (?:-s )?([\w:]+)/g)].map(([, script]) => script!);
  expect(named.filter((script) => !(script in scripts))).toEqual([]);
});

/** The blocks of a document in a language. */
function blocks(document: string, language: string): string[] {
  return read(document).split(`\`\`\`${language}\n`).slice(1).map((text) => text.split('```')[0]!);
}

type Mapping = Record<string, unknown>;

/** One file that says what both say. */
function merged(base: Mapping, more: Mapping): Mapping {
  const isMapping = (value: unknown): value is Mapping => typeof value === 'object' && value !== null && !Array.isArray(value);
  return { ...base, ...Object.fromEntries(Object.entries(more).map(([key, value]) => {
    const own = base[key];
    return [key, isMapping(own) && isMapping(value) ? merged(own, value) : value];
  })) };
}

const parts = documents.filter((document) => document !== 'README.md')
  .flatMap((document) => blocks(document, 'yaml').map((yaml) => ({ document, yaml })));

test.each(parts)('$document: the part of an environment file is right in production: $yaml', ({ yaml }) => {
  const base = { database: { provider: 'external', host: 'db.example.com', administratorSecret: 'administrator' }, artifactStore: { provider: 's3' } };
  const text = JSON.stringify(merged(base, parseYaml(yaml) as Mapping));
  expect(render(environment(text)).map(({ object }) => object.kind)).toContain('Deployment');
});

test('README.md: the mistakes are reported in these words', () => {
  const [faulty] = blocks('README.md', 'yaml');
  const [told] = read('README.md').split('and writes nothing:\n\n```\n').slice(1).map((text) => text.split('\n```')[0]);
  expect(load({ 'local.yaml': faulty! }).lines).toEqual(told!.split('\n'));
});

test('README.md is one page', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(100);
});

test.each([...documents, ...inFolder('examples'), ...inFolder('environments')])('%s: sentences are plain', (file) => {
  expect(read(file).match(/\b(but for|by which|by whom|of whom)\b.*/gi)).toBeNull();
});

const decisions = inFolder('docs/decisions').filter((file) => !file.endsWith('README.md'))
  .flatMap((file) => read(file).split(/^## /m).slice(1).map((text) => ({ file, decision: text.split('\n')[0]!, text })));

test.each(decisions)('$file: "$decision" has its evidence and date', ({ text }) => {
  expect(text).toMatch(/^- Evidence: \S/m);
  expect(text).toMatch(/^- Date: \d{4}-\d{2}-\d{2}$/m);
});
