import type { Feature } from '../feature';
import { claims, rules } from './rules';
import { secrets } from './secrets';
import { warnings } from './warnings';

export const access: Feature = { rules, warnings, secrets, claims };
