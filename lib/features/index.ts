import { access } from './access';
import { artifactStore } from './artifact-store';
import { database } from './database';
import { namespace } from './namespace';
import { network } from './network';
import { observability } from './observability';
import { trackingServer } from './tracking-server';
import { users } from './users';
import type { Feature } from './feature';

/** All features. Their parts of the environment file are in environment.ts, and their constructs in the platform chart. */
export const features: readonly Feature[] = [
  namespace, database, artifactStore, trackingServer, users, access, network, observability,
];
