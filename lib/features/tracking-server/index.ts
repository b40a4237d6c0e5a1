import type { Feature } from '../feature';
import { databaseConnections } from './derived';
import { claims, rules, warnings } from './rules';
import { secrets } from './secrets';

export const trackingServer: Feature = { rules, warnings, secrets, databaseConnections, claims };
