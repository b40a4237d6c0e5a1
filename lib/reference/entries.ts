import { z } from 'zod';
import { constraint } from './constraint';

type Schema = z.core.$ZodType;
type Definition = z.core.$ZodTypes['_zod']['def'];

/** A value of the environment file, or a mapping of values that has a documentation of its own. */
export interface Entry {
  readonly path: string;
  readonly description?: string;
  /** None where that is plain: of a mapping, or where all values are listed. */
  readonly type?: string;
  /** What it must be, in words. */
  readonly constraint: string;
  /** What is taken where the file does not have it. */
  readonly default?: unknown;
  readonly isRequired: boolean;
  /** The values of a key that decides which others there are, and what each is for. */
  readonly choices: readonly { readonly value: string; readonly description?: string }[];
  /** The path whose values it has, too. */
  readonly sameAs?: string;
  /** The choices that it is there for: `provider: external`. None: all. */
  readonly onlyWith: readonly string[];
}

/** Everything in a part of the environment file, in the order of the schema. */
export function entries(path: string, schema: Schema, owners: ReadonlyMap<string, string>): Entry[] {
  const { inner, description, isRequired, default: value } = unwrapped(schema);
  const shape = mapping(inner);
  const own: Entry = {
    path, type: typeOf(inner), description, constraint: shape ? '' : constraint(inner), default: value, isRequired, choices: [], onlyWith: [],
  };
  if (!shape) return [own];
  const owner = owners.get(signature(inner))!;
  if (owner !== path) return [{ ...own, sameAs: owner }];
  return [own, ...merged(shape.options.map((option) => ofOption(path, option, shape, owners)))];
}

/** The entries of one option of a choice, each marked with it; of a mapping without a choice all there are. */
function ofOption(path: string, option: Shape, { discriminator, element }: Mapping, owners: ReadonlyMap<string, string>): Entry[] {
  const prefix = path === '' ? '' : `${path}${element ? '[]' : ''}.`;
  return Object.entries(option).flatMap(([key, schema]): Entry[] => {
    if (key !== discriminator) {
      const marks = onlyWith(option, discriminator);
      return entries(`${prefix}${key}`, schema, owners).map((entry) => ({ ...entry, onlyWith: [...marks, ...entry.onlyWith] }));
    }
    const { inner, description } = unwrapped(schema);
    const choices = literals(inner).map((value) => ({ value, description }));
    return [{ path: `${prefix}${key}`, constraint: '', isRequired: true, choices, onlyWith: [] }];
  });
}

function onlyWith(option: Shape, discriminator: string | undefined): string[] {
  return discriminator === undefined ? [] : literals(unwrapped(option[discriminator]!).inner).map((value) => `${discriminator}: ${value}`);
}

/** The entries of all options: those that several have once, with the options that have them, or with none where all do. */
function merged(options: readonly (readonly Entry[])[]): Entry[] {
  const all = new Map<string, Entry>();
  const seen = new Map<string, number>();
  for (const entry of options.flat()) {
    const key = entry.choices.length ? entry.path : JSON.stringify({ ...entry, onlyWith: [] });
    const other = all.get(key);
    seen.set(key, (seen.get(key) ?? 0) + 1);
    all.set(key, other
      ? { ...other, choices: [...other.choices, ...entry.choices], onlyWith: [...other.onlyWith, ...entry.onlyWith] }
      : entry);
  }
  const isForAll = (key: string) => options.length > 1 && seen.get(key) === options.length;
  return [...all].map(([key, entry]) => isForAll(key) ? { ...entry, onlyWith: [] } : entry);
}

/**
 * For each mapping of values the path that documents it: the shortest of those that have the same. The others refer to it.
 */
export function ownersOf(schema: Schema, path = '', found = new Map<string, string>()): Map<string, string> {
  const { inner } = unwrapped(schema);
  const shape = mapping(inner);
  if (!shape) return found;
  const known = found.get(signature(inner));
  if (known === undefined || known.split('.').length > path.split('.').length) found.set(signature(inner), path);
  const prefix = path === '' ? '' : `${path}${shape.element ? '[]' : ''}.`;
  for (const option of shape.options) for (const [key, value] of Object.entries(option)) ownersOf(value, `${prefix}${key}`, found);
  return found;
}

type Shape = Readonly<Record<string, Schema>>;

interface Mapping {
  readonly options: readonly Shape[];
  readonly discriminator?: string;
  /** Whether it is a list of such mappings. */
  readonly element: boolean;
}

/** The keys of a mapping, of a choice between mappings, or of a list of them. */
function mapping(schema: Schema): Mapping | undefined {
  const def = definition(schema);
  if (def.type === 'array') {
    const inner = mapping(def.element);
    return inner && { ...inner, element: true };
  }
  if (def.type === 'object') return { options: [def.shape], element: false };
  if (def.type !== 'union' || !('discriminator' in def)) return undefined;
  const options = def.options.map((option) => (definition(option) as z.core.$ZodObjectDef).shape);
  return { options, discriminator: String(def.discriminator), element: false };
}

function signature(schema: Schema): string {
  const def = definition(schema);
  return JSON.stringify(z.toJSONSchema(def.type === 'array' ? def.element : schema, { io: 'input', unrepresentable: 'any' }));
}

interface Value {
  readonly inner: Schema;
  readonly description?: string;
  readonly default?: unknown;
  readonly isRequired: boolean;
}

/** A schema without what says whether the value may be left out. */
function unwrapped(schema: Schema): Value {
  const description = z.globalRegistry.get(schema)?.description;
  const def = definition(schema);
  if (def.type !== 'optional' && def.type !== 'default' && def.type !== 'prefault') return { inner: schema, description, isRequired: true };
  const inner = unwrapped(def.innerType);
  const isDocumented = def.type === 'default' || def.type === 'prefault' && !mapping(inner.inner);
  return { ...inner, description: description ?? inner.description, isRequired: false, ...isDocumented ? { default: def.defaultValue } : {} };
}

function typeOf(schema: Schema): string | undefined {
  const def = definition(schema);
  switch (def.type) {
    case 'number': return 'whole number';
    case 'boolean': return '`true` or `false`';
    case 'array': return mapping(def.element) ? 'list of mappings' : `list of ${typeOf(def.element) ?? 'values'}`;
    case 'record': return 'mapping of text to text';
    case 'object': case 'enum': case 'literal': return undefined;
    case 'union': return 'discriminator' in def ? undefined : [...new Set(def.options.map((option) => typeOf(option) ?? 'text'))].join(' or ');
    case 'pipe': return typeOf(def.in);
    default: return 'text';
  }
}

function literals(schema: Schema): string[] {
  const def = definition(schema);
  return def.type === 'literal' ? def.values.map(String) : [];
}

function definition(schema: Schema): Definition {
  return schema._zod.def as Definition;
}
