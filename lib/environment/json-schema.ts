import { z } from 'zod';
import { environmentSchema } from './environment';

/** The JSON Schema of environment files, for editors. */
export function environmentJsonSchema(): object {
  return z.toJSONSchema(environmentSchema, { io: 'input', unrepresentable: 'any' });
}
