import { snapshotsOf } from '../../snapshots';
import { manifestsOf } from '../../testing';

snapshotsOf(manifestsOf('local'), 'database-set-up', 'connections', 'schema');
