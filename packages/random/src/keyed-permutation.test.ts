import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyedPermutation } from './keyed-permutation.js';

describe('keyedPermutation', () => {
  it('holds each number below count once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600 }), fc.integer(), (count, seed) => {
        const at = keyedPermutation(count, seed, 'epoch', 3);
        const order = Array.from({ length: count }, (_, position) => at(position));
        expect(order.sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
      }),
    );
  });

  it('is another order for another seed or stream', () => {
    const orders = [
      keyedPermutation(50, 1),
      keyedPermutation(50, 2),
      keyedPermutation(50, 1, 'epoch', 1),
      keyedPermutation(50, 1, 'epoch', 2),
    ].map((at) => Array.from({ length: 50 }, (_, position) => at(position)).join());
    expect(new Set(orders).size).toBe(orders.length);
  });

  it('stays inside, without repeating, for counts beyond 32 bits', () => {
    const count = 2 ** 40 + 3;
    const at = keyedPermutation(count, 9);
    const values = Array.from({ length: 2000 }, (_, i) => at(i * 2 ** 29));
    expect(new Set(values).size).toBe(2000);
    expect(values.every((value) => Number.isInteger(value) && value >= 0 && value < count)).toBe(true);
  });

  it('refuses counts and positions outside', () => {
    for (const count of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => keyedPermutation(count, 1)).toThrow(
        new RangeError(`keyedPermutation: count must be a whole number from 0 to 2^52, got ${count}.`),
      );
    }
    for (const position of [-1, 5, 1.5, Number.NaN]) {
      expect(() => keyedPermutation(5, 1)(position)).toThrow(
        new RangeError(`keyedPermutation: position must be a whole number below 5, got ${position}.`),
      );
    }
  });
});
