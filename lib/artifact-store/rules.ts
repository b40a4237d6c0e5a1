import type { EnvironmentSpec } from '../environment/environment';
import type { Rule } from '../kit/rule';

function administratorOf(store: EnvironmentSpec['artifactStore']): string | undefined {
  return store.provider === 'minio' ? store.administratorSecret : undefined;
}

export const rules: readonly Rule[] = [
  {
    path: 'artifactStore.provider',
    reads: ['profile', 'artifactStore'],
    problem: ({ profile, artifactStore }) => profile === 'production' && artifactStore.provider === 'embedded'
      ? 'embedded is one pod with one volume, for profile: local: write provider: minio or s3, and its endpoint'
      : undefined,
  },
  {
    path: 'artifactStore.administratorSecret',
    reads: ['artifactStore'],
    problem: ({ artifactStore }) => artifactStore.provider === 'minio' && artifactStore.administratorSecret === artifactStore.secret
      ? `${artifactStore.secret} is the tracking server's own Secret: the server must not hold the administrator's key; name another`
      : undefined,
  },
  {
    path: 'artifactStore.caSecret',
    reads: ['artifactStore'],
    problem: ({ artifactStore }) => artifactStore.provider !== 'embedded' && artifactStore.caSecret !== undefined && artifactStore.endpoint?.startsWith('http:')
      ? `${artifactStore.caSecret} verifies nothing at ${artifactStore.endpoint}: write an https endpoint, or remove it`
      : undefined,
  },
  {
    path: 'artifactStore.setUp',
    reads: ['artifactStore'],
    problem: ({ artifactStore }) => {
      if (artifactStore.provider === 'embedded' || artifactStore.setUp) return undefined;
      const forTheJob = [
        ...administratorOf(artifactStore) === undefined ? [] : ['administratorSecret'],
        ...artifactStore.versioning === 'required' ? ['versioning'] : [],
        ...Object.values(artifactStore.takeOver).includes(true) ? ['takeOver'] : [],
      ];
      return forTheJob.length ? `false makes no Job, and ${forTheJob.join(', ')} would be for that: remove one of the two` : undefined;
    },
  },
  {
    path: 'artifactStore.takeOver.user',
    reads: ['artifactStore'],
    problem: ({ artifactStore }) => artifactStore.provider !== 'embedded' && artifactStore.takeOver.user && administratorOf(artifactStore) === undefined
      ? 'true needs an administrator of the store: write provider: minio and administratorSecret, or remove it'
      : undefined,
  },
];
