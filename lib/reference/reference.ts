import { secrets } from './secrets';
import { values } from './values';

const HEAD = `# Reference of the environment file

Every value of \`environments/<name>.yaml\`, and every Secret. Editors complete and check the same by \`environments/schema.json\`.
\`npm run reference\` writes this page: to change it, change the \`settings.ts\` or \`secrets.ts\` of the feature.
`;

/** docs/reference.md. What else can be told from the program, such as who may connect to what, is one more part of this list. */
export function reference(): string {
  return [HEAD, values(), secrets()].join('\n');
}
