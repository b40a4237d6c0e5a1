import { connections } from './connections';
import { secrets } from './secrets';
import { values } from './values';

const HEAD = `# Reference of the environment file

Every value of \`environments/<name>.yaml\`, [every Secret](#secrets), and [every connection](#connections). Editors complete and check the same by \`environments/schema.json\`.
\`npm run reference\` writes this page: to change it, change the feature.
`;

/** docs/reference.md. */
export function reference(): string {
  return [HEAD, values(), secrets(), connections()].join('\n');
}
