import type { Feature } from '../feature';
import { rules } from './rules';

export const connectionLimit: Feature = { rules };
