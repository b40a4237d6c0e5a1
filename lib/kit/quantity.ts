const SUFFIXES: Record<string, readonly [base: number, exponent: number]> = {
  '': [10, 0], m: [10, -3], k: [10, 3], M: [10, 6], G: [10, 9], T: [10, 12], P: [10, 15],
  Ki: [2, 10], Mi: [2, 20], Gi: [2, 30], Ti: [2, 40], Pi: [2, 50],
};
const QUANTITY = /^(\d{1,20})(?:\.(\d{1,20}))?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/;

/**
 * The number that a Kubernetes quantity stands for: cores, or bytes. Undefined where it is not a quantity.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantity(text: string): number | undefined {
  const [, whole, fraction = '0', suffix = ''] = QUANTITY.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const [base, exponent] = SUFFIXES[suffix]!;
  return Number(`${whole}.${fraction}`) * base ** exponent;
}

/** Whether a quantity is a whole number of units. `unitsInOne` is how many one has: 1 of bytes, 1,000 of thousandths of a core. */
export function isWhole(text: string, unitsInOne: 1 | 1000): boolean {
  const [, whole = '', fraction = '', suffix = ''] = QUANTITY.exec(text) ?? [];
  const [base, exponent] = SUFFIXES[suffix]!;
  const parts = BigInt(whole + fraction) * BigInt(unitsInOne) * BigInt(base ** Math.max(0, exponent));
  return parts % 10n ** BigInt(fraction.length + Math.max(0, -exponent)) === 0n;
}

/** Bytes as a quantity in whole mebibytes, rounded up. */
export function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)}Mi`;
}
