import { snapshotsOf } from '../../snapshots';
import { manifestsIn } from '../../testing';

snapshotsOf(manifestsIn(`
  profile: local
  ingress: {controller: traefik, hosts: [mlflow.example.com], tls: {provider: secret, secret: mlflow-tls}}
  access: {mode: oidc, issuer: "https://login.example.com", clientId: mlflow, groups: [researchers]}
`), 'sign-in');
