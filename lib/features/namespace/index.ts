import type { Feature } from '../feature';
import { claims, rules, warnings } from './rules';

export const namespace: Feature = { rules, warnings, claims };
