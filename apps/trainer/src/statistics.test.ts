import { describe, expect, it } from 'vitest';
import { meanInterval, pairedInterval } from './statistics.js';

describe('meanInterval', () => {
  it('agrees with the tables of Student’s t', () => {
    // the half width of n values alternating ±1 is t · sd / √n
    const tabled: [number, number][] = [
      [2, 12.7062],
      [5, 2.77645],
      [6, 2.57058],
      [10, 2.26216],
      [30, 2.04523],
    ];
    for (const [count, quantile] of tabled) {
      const values = Array.from({ length: count }, (_, index) => index);
      const mean = (count - 1) / 2;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1));
      const { high } = meanInterval(values);
      expect((high - mean) / (deviation / Math.sqrt(count))).toBeCloseTo(quantile, 2);
    }
  });

  it('says nothing about a single value', () => {
    expect(meanInterval([3])).toEqual({ mean: 3, low: -Infinity, high: Infinity });
  });

  it('refuses no values', () => {
    expect(() => meanInterval([])).toThrow('meanInterval: at least one value is needed, got none.');
  });
});

describe('pairedInterval', () => {
  it('is the interval of the differences: what both sides share drops out', () => {
    const reference = [0.5, 0.6, 0.9, 0.2];
    const { mean, low, high } = pairedInterval(
      reference.map((value) => value + 0.1),
      reference,
    );
    expect(mean).toBeCloseTo(0.1, 12);
    expect(low).toBeCloseTo(0.1, 12);
    expect(high).toBeCloseTo(0.1, 12);
  });

  it('refuses sides of different length', () => {
    expect(() => pairedInterval([1, 2], [1])).toThrow('both sides must have a value per draw, got 2 and 1');
  });
});
