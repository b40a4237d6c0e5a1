import { snapshotsOf } from '../../snapshots';
import { manifestsOf } from '../../testing';

snapshotsOf(manifestsOf('local'), 'postgres');
