import { reference } from './reference';

// `npm run reference` writes this to docs/reference.md.
process.stdout.write(reference());
