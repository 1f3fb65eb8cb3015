import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from './seeded-random.js';
import { randomOrder, shuffle, shuffled } from './shuffle.js';

describe('shuffle', () => {
  it('keeps every value, in place, for arrays of any type', () => {
    for (const values of [
      ['a', 'b', 'c', 'd'],
      Float32Array.of(1.5, 2.5, 3.5),
      Uint32Array.of(4e9, 1, 2),
      new Int32Array(0),
      [7],
    ]) {
      const before = [...values].sort();
      expect(shuffle(values, seededRandom(3))).toBe(values);
      expect([...values].sort()).toEqual(before);
    }
  });

  it('gives every order equally often', () => {
    const counts = new Map<string, number>();
    const random = seededRandom(1, 'orders');
    for (let draw = 0; draw < 24_000; draw++) {
      const order = shuffle([0, 1, 2, 3], random).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeGreaterThan(7.5); // 23 degrees of freedom: 0.1 % on either side
    expect(chiSquare).toBeLessThan(49.8);
  });

  it('gives these orders, on every machine', () => {
    expect(shuffle([0, 1, 2, 3, 4, 5], seededRandom(7, 'order', 1))).toEqual([3, 2, 4, 0, 1, 5]);
  });

  it('refuses a seed', () => {
    expect(() => shuffle([1, 2], 7 as never)).toThrow(
      new TypeError("shuffle: random must be a function, got 7. E.g. seededRandom(7, 'order')."),
    );
  });
});

describe('shuffled', () => {
  it('is shuffle on a copy', () => {
    const values = Object.freeze(['a', 'b', 'c', 'd', 'e']);
    expect(shuffled(values, seededRandom(2))).toEqual(shuffle([...values], seededRandom(2)));
    expect(values).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(shuffled(new Set([1, 2, 3]), seededRandom(2)).sort()).toEqual([1, 2, 3]);
  });
});

describe('randomOrder', () => {
  it('holds each number below count once', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer(), (count, seed) => {
        const order = randomOrder(count, seededRandom(seed));
        expect([...order].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
      }),
    );
  });

  it('refuses counts that are none', () => {
    for (const count of [-1, 1.5, Number.NaN, undefined as never]) {
      expect(() => randomOrder(count, seededRandom(1))).toThrow(
        new RangeError(`randomOrder: count must be a whole number from 0 on, got ${count}.`),
      );
    }
  });
});
