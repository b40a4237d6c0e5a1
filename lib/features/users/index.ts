import type { Feature } from '../feature';
import { rules } from './rules';
import { secrets } from './secrets';

export const users: Feature = { rules, secrets };
