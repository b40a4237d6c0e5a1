import { z } from 'zod';

type Schema = z.core.$ZodType;

/** What a value must be, in words: those that the program prints of a wrong one, without what follows "must". */
export function constraint(schema: Schema): string {
  return [...new Set(parts(schema))].join('; ');
}

function parts(schema: Schema): string[] {
  const { def } = schema._zod as unknown as { def: z.core.$ZodTypes['_zod']['def'] };
  switch (def.type) {
    case 'number': return range(schema);
    case 'enum': return [alternatives(Object.values(def.entries))];
    case 'union': return def.options.flatMap(parts).concat(checksOf(schema));
    case 'array': return checksOf(schema).concat(parts(def.element).map((part) => `each: ${part}`));
    case 'record': return parts(def.keyType).map((part) => `each key: ${part}`).concat(parts(def.valueType).map((part) => `each value: ${part}`));
    case 'literal': return [alternatives(def.values)];
    case 'pipe': return parts(def.in);
    default: return checksOf(schema);
  }
}

function alternatives(values: readonly unknown[]): string {
  return values.map((value) => `\`${String(value)}\``).join(', ').replace(/, ([^,]*)$/, ' or $1');
}

/** The bounds of a number; every number of an environment file is a whole one. */
function range(schema: Schema): string[] {
  const { minimum, maximum } = z.toJSONSchema(schema, { io: 'input' });
  if (minimum === undefined) return [];
  return [maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? `${minimum} or more` : `${minimum} to ${maximum}`];
}

/** The messages of a schema's checks, or, where these have several messages each and so none to show, that of its type. */
function checksOf({ _zod: { def } }: Schema): string[] {
  const messages = (checks: readonly { readonly error?: z.core.$ZodErrorMap<never> | undefined }[]) =>
    checks.map(({ error }) => error?.({} as never)).filter((message) => typeof message === 'string').map(inWords);
  const ofChecks = messages((def.checks ?? []).map((check) => check._zod.def));
  return ofChecks.length ? ofChecks : messages([def]);
}

/** "must be a region: write e.g. us-east-1" as "a region, e.g. us-east-1". What else the message advises concerns a wrong value only. */
function inWords(message: string): string {
  const [, what, advice = ''] = /^(.*?)(?:: (.*))?$/.exec(message)!;
  const example = /^write (e\.g\. .*)$/.exec(advice)?.[1];
  return [what!.replace(/^must be /, '').replace(/^has /, 'must not have '), ...example === undefined ? [] : [example]].join(', ');
}
