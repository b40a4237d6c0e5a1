import { snapshotsOf } from '../../snapshots';
import { manifestsIn } from '../../testing';

snapshotsOf(manifestsIn(`
  profile: local
  gateway: {hosts: [mlflow.example.com], tls: {provider: cert-manager, issuer: letsencrypt}}
  internal: {hosts: [mlflow.internal.example.com]}
`), 'gateway', 'Gateway', 'EnvoyProxy', 'HTTPRoute', 'SecurityPolicy', 'ClientTrafficPolicy', 'BackendTrafficPolicy', 'Certificate');
