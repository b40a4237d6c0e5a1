import type { Feature } from '../feature';
import { databaseConnections } from './derived';
import { rules } from './rules';
import { secrets } from './secrets';

export const users: Feature = { rules, secrets, databaseConnections };
