import { mebibytes, quantity } from '../../lib/kit/quantity';

test.each([
  ['2', 2], ['1.5', 1.5], ['500m', 0.5], ['0', 0],
  ['1k', 1e3], ['1M', 1e6], ['1G', 1e9], ['1T', 1e12], ['1P', 1e15],
  ['1Ki', 1024], ['512Mi', 536870912], ['1.5Gi', 1610612736], ['1Ti', 1099511627776], ['1Pi', 1125899906842624],
])('%s is %d', (text, number) => {
  expect(quantity(text)).toBe(number);
});

test.each([
  '', 'Gi', '1 Gi', '1GB', '1gi', '1mi', '-1', '1,5', '1e3', '.5', '1.', '1Gi ', '0x10', 'NaN', 'Infinity', '١',
])('"%s" is no quantity', (text) => {
  expect(quantity(text)).toBeUndefined();
});

test('bytes are rounded up to whole mebibytes', () => {
  expect([1, 2 ** 20, 2 ** 20 + 1].map(mebibytes)).toEqual(['1Mi', '1Mi', '2Mi']);
});
