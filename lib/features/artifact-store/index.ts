import type { Feature } from '../feature';
import { claims, rules, warnings } from './rules';
import { secrets } from './secrets';

export const artifactStore: Feature = { rules, warnings, secrets, claims };
