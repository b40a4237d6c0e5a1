import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { environmentJsonSchema } from '../../lib/environment/json-schema';
import { constraint } from '../../lib/reference/constraint';
import { entries, ownersOf } from '../../lib/reference/entries';
import { reference } from '../../lib/reference/reference';

test('docs/reference.md is what the program says', () => {
  const file = readFileSync(join(__dirname, '../../docs/reference.md'), 'utf8');
  if (file !== reference()) throw new Error('docs/reference.md is stale: run `npm run reference` and commit the file');
});

interface Node {
  readonly properties?: Record<string, Node>;
  readonly items?: Node;
  readonly oneOf?: readonly Node[];
  readonly anyOf?: readonly Node[];
}

/** Each path of the JSON Schema, with [] where a list is. */
function pathsOf({ properties = {}, items, oneOf = [], anyOf = [] }: Node, path = ''): string[] {
  const below = path === '' ? '' : `${path}.`;
  return [
    ...Object.entries(properties).flatMap(([key, node]) => [below + key, ...pathsOf(node, below + key)]),
    ...items ? pathsOf(items, `${path}[]`) : [],
    ...[...oneOf, ...anyOf].flatMap((node) => pathsOf(node, path)),
  ];
}

test('every value that a file may have has a heading, or is below one that refers to another', () => {
  const sections = reference().split(/\n(?=#)/).map((section) => ({ path: /^#+ `(.*)`/.exec(section)?.[1] ?? '', refers: section.includes('- Has the values of ') }));
  const isToldOf = (path: string) => sections.some((section) => section.path === path
    || section.refers && [`${section.path}.`, `${section.path}[].`].some((start) => path.startsWith(start)));
  const missing = pathsOf(environmentJsonSchema() as Node).filter((path) => !isToldOf(path));
  expect([...new Set(missing)]).toEqual(['tracking.resources.requests', 'tracking.resources.limits']); // whose values say all there is
});

test('a value is told with its type, constraint, default and choices', () => {
  const schema = z.strictObject({
    count: z.int().min(1).max(9).default(2).describe('How many.'),
    kind: z.discriminatedUnion('by', [
      z.strictObject({ by: z.literal('name').describe('By its name.'), name: z.string().regex(/a/, 'must be a name: write e.g. a') }),
      z.strictObject({ by: z.literal('number'), all: z.boolean().optional() }),
    ]),
  });
  expect(entries('part', schema, ownersOf(schema, 'part'))).toEqual([
    { path: 'part', isRequired: true, constraint: '', choices: [], onlyWith: [] },
    { path: 'part.count', type: 'whole number', description: 'How many.', constraint: '1 to 9', default: 2, isRequired: false, choices: [], onlyWith: [] },
    { path: 'part.kind', isRequired: true, constraint: '', choices: [], onlyWith: [] },
    {
      path: 'part.kind.by', isRequired: true, constraint: '', onlyWith: [],
      choices: [{ value: 'name', description: 'By its name.' }, { value: 'number' }],
    },
    { path: 'part.kind.name', type: 'text', constraint: 'a name, e.g. a', isRequired: true, choices: [], onlyWith: ['by: name'] },
    { path: 'part.kind.all', type: '`true` or `false`', constraint: '', isRequired: false, choices: [], onlyWith: ['by: number'] },
  ]);
});

test.each<[z.ZodType, string]>([
  [z.enum(['a', 'b', 'c']), '`a`, `b` or `c`'],
  [z.int().min(3), '3 or more'],
  [z.array(z.string().regex(/x/, 'must be an x')).min(1, 'must name one: write e.g. [x]'), 'must name one, e.g. [x]; each: an x'],
  [z.record(z.string().regex(/k/, 'must be a key'), z.string().regex(/v/, 'must be a value: is it?')), 'each key: a key; each value: a value'],
  [z.string('must be text: write it').superRefine(() => undefined), 'text'],
])('the constraint of schema %# is told in the words of its messages', (schema, words) => {
  expect(constraint(schema)).toBe(words);
});
