import * as environment from '../../lib/features/environment';
import { parseEnvironment } from '../../lib/environment/load';

const actual = environment.environmentSchema;

/* The schema has no rule on the file as a whole today, and may get one. */
jest.mock('../../lib/features/environment', () => {
  const { environmentSchema, ...others } = jest.requireActual<typeof environment>('../../lib/features/environment');
  return { ...others, environmentSchema: environmentSchema.refine(({ cluster }) => cluster !== 'moon', 'must be on earth') };
});

test('a rule on the file as a whole is told, alone and next to other problems, and ends', () => {
  expect(actual).toBeDefined();
  expect(parseEnvironment('{profile: local, cluster: moon}')).toEqual([{ path: '', message: 'must be on earth' }]);
  expect(parseEnvironment('{profile: local, cluster: moon, tracking: {workers: 8}}')).toEqual([{ path: '', message: 'must be on earth' }]);
  expect(parseEnvironment('{profile: local, cluster: earth}')).toMatchObject({ cluster: 'earth' });
});
