import { digest } from '../../../lib/kit/workload/digest';

test('is eight hexadecimal digits', () => {
  expect(digest('anything')).toMatch(/^[0-9a-f]{8}$/);
});

test('is the same whatever the order of keys, at any depth', () => {
  expect(digest({ a: 1, b: { c: 2, d: [3] } })).toBe(digest({ b: { d: [3], c: 2 }, a: 1 }));
});

test.each([
  ['a value', { a: 1 }, { a: 2 }],
  ['a key', { a: 1 }, { b: 1 }],
  ['the order of a list', [1, 2], [2, 1]],
  ['a type', { a: 1 }, { a: '1' }],
])('differs in %s', (_what, one, other) => {
  expect(digest(one)).not.toBe(digest(other));
});
