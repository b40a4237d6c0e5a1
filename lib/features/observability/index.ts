import type { Feature } from '../feature';
import { warnings } from './rules';

export const observability: Feature = { warnings };
