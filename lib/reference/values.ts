import { environmentSchema } from '../features/environment';
import { entries, ownersOf, type Entry } from './entries';

const shape = environmentSchema._zod.def.shape;
const owners = ownersOf(environmentSchema);

/** The documentation of every value of the environment file, a heading for each, by sections. */
export function values(): string {
  const parts = Object.entries(shape).map(([key, schema]) => entries(key, schema, owners));
  const single = parts.filter(({ length }) => length === 1).flat();
  const sections = parts.filter(({ length }) => length > 1);
  return [
    '## General\n', ...single.map((entry) => text(entry, '###')),
    ...sections.map(([section, ...rest]) => [text(section!, '##'), ...rest.filter(hasSomethingToSay).map((entry) => text(entry, '###'))].join('\n')),
  ].join('\n');
}

/** A mapping may be nothing but the place of its values. */
function hasSomethingToSay({ description, type, constraint, choices, sameAs }: Entry): boolean {
  return [description, type, sameAs].some((each) => each !== undefined) || constraint !== '' || choices.length > 0;
}

function text(entry: Entry, heading: string): string {
  const { path, description, type, constraint, isRequired, choices, sameAs, onlyWith } = entry;
  const lines = [
    ...choices.map(({ value, description: about }) => `- \`${value}\`${about === undefined ? '' : `: ${about}`}`),
    ...type === undefined ? [] : [`- Type: ${type}`],
    ...constraint === '' ? [] : [`- Constraint: ${constraint}`],
    ...'default' in entry && entry.default !== undefined ? [`- Default: \`${inYaml(entry.default)}\``] : [],
    ...isRequired ? ['- Required'] : [],
    ...onlyWith.length ? [`- Only with ${onlyWith.map((choice) => `\`${choice}\``).join(' or ')}`] : [],
    ...sameAs === undefined ? [] : [`- Has the values of [\`${sameAs}\`](#${anchor(sameAs)})`],
  ];
  return [`${heading} \`${path}\`\n`, ...description === undefined ? [] : [`${description}\n`], ...lines.length ? [`${lines.join('\n')}\n`] : []].join('\n');
}

/** As a Git host makes it of a heading. */
function anchor(path: string): string {
  return path.toLowerCase().replace(/[^a-z0-9-]/g, '');
}

function inYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(', ')}]`;
  if (typeof value !== 'object') return `${value as string | number | boolean}`;
  return `{${Object.entries(value!).map(([key, each]) => `${key}: ${inYaml(each)}`).join(', ')}}`;
}
