import { compare } from './comparison';
import { settings } from './settings';

void (process.argv.includes('--settings') ? settings() : compare());
