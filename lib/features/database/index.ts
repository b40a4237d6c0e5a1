import type { Feature } from '../feature';
import { databaseConnections } from './derived';
import { claims, rules, warnings } from './rules';
import { secrets } from './secrets';

export const database: Feature = { rules, warnings, secrets, databaseConnections, claims };
