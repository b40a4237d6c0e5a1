import type { Feature } from '../feature';
import { rules, warnings } from './rules';

export const network: Feature = { rules, warnings };
