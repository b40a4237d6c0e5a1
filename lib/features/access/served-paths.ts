/** A path of a host, and whether all below it is meant. */
export interface ServedPath {
  readonly path: string;
  readonly match: 'Exact' | 'Prefix';
}

/**
 * What people and programs need of the server, and nothing else: /metrics above all must not be public, and a list of what is served
 * hides what a later release adds until somebody has looked at it. "/" is the page; all its views are behind "#".
 * test/e2e compares the list with the routes of the real server.
 */
export const servedPaths: readonly ServedPath[] = [
  { path: '/', match: 'Exact' },
  ...[
    '/ajax-api',
    '/api',
    '/gateway',
    '/get-artifact',
    '/graphql',
    '/health',
    '/model-versions/get-artifact',
    '/static-files',
    '/v1',
    '/version',
  ].map((path) => ({ path, match: 'Prefix' as const })),
];
