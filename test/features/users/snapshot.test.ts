import { snapshotsOf } from '../../snapshots';
import { manifestsIn } from '../../testing';

snapshotsOf(manifestsIn('{profile: local, access: {mode: basic}}'), 'administrator');
