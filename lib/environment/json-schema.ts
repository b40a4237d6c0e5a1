import { z } from 'zod';
import { environmentSchema } from '../features/environment';

let schema: object | undefined;

/** The JSON Schema of environment files, for editors. */
export function environmentJsonSchema(): object {
  return schema ??= z.toJSONSchema(environmentSchema, { io: 'input', unrepresentable: 'any' });
}
