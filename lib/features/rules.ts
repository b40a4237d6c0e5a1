import * as access from './access/rules';
import * as accessDoubts from './access/warnings';
import * as artifactStore from './artifact-store/rules';
import * as database from './database/rules';
import type { Rule } from './rule';
import * as namespace from './namespace/rules';
import * as network from './network/rules';
import * as observability from './observability/rules';
import * as trackingServer from './tracking-server/rules';
import * as users from './users/rules';

/* The rules over several values. Each feature's folder has those that are reported at its part of the file. */

export const rules: readonly Rule[] = [
  ...namespace.rules, ...trackingServer.rules, ...database.rules, ...artifactStore.rules, ...access.rules, ...users.rules, ...network.rules,
];

/** What is allowed, and probably not meant. */
export const warnings: readonly Rule[] = [
  ...namespace.warnings, ...trackingServer.warnings, ...database.warnings, ...artifactStore.warnings, ...accessDoubts.warnings,
  ...observability.warnings, ...network.warnings,
];
