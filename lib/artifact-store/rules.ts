import type { Rule } from '../kit/rule';

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
];
