import { servedPaths } from '../../../lib/features/access/served-paths';

test.each(['/metrics', '/ready', '/gateway2', '/signup', '/apis'])('%s is not served', (path) => {
  const serving = servedPaths.filter((served) => served.path === path
    || (served.match === 'Prefix' && path.startsWith(`${served.path}/`)));
  expect(serving).toEqual([]);
});

test('"/" is the page alone: as a prefix it would serve everything', () => {
  expect(servedPaths.filter(({ path }) => path === '/')).toEqual([{ path: '/', match: 'Exact' }]);
});
