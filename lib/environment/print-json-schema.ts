import { environmentJsonSchema } from './json-schema';

// `npm run schema` writes this to environments/schema.json.
process.stdout.write(`${JSON.stringify(environmentJsonSchema(), null, 2)}\n`);
