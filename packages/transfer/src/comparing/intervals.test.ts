import { describe, expect, it } from 'vitest';
import { holm, meanInterval, pairedInterval, pairedTest } from './intervals.js';

describe('meanInterval', () => {
  it('is the 95 % t-interval', () => {
    // by hand: mean 3, standard error √(2.5 / 5), quantile 2.77645
    const { mean, low, high } = meanInterval([1, 2, 3, 4, 5]);
    expect(mean).toBe(3);
    expect(high - 3).toBeCloseTo(2.77645 * Math.sqrt(0.5), 5);
    expect(3 - low).toBeCloseTo(2.77645 * Math.sqrt(0.5), 5);
  });

  it('knows nothing from one value', () => {
    expect(meanInterval([7])).toEqual({
      mean: 7,
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
    });
  });
});

describe('pairedTest', () => {
  it('gives the chances of Student’s t', () => {
    // two-sided chances of t = 2.570582 with 5 and t = 2.093024 with 19 degrees of freedom are 0.05
    const withT = (t: number, count: number) => {
      const values = Array.from({ length: count }, (_, at) => (at % 2 ? 1 : -1) * 1);
      const spread = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / (count - 1) / count);
      return values.map((value) => value + t * spread);
    };
    const zeros = (count: number) => new Array<number>(count).fill(0);
    expect(pairedTest(withT(2.570582, 6), zeros(6))).toBeCloseTo(0.05, 5);
    expect(pairedTest(withT(2.093024, 20), zeros(20))).toBeCloseTo(0.05, 5);
    expect(pairedTest([0.1, 0.1, 0.1], [0.1, 0.1, 0.1])).toBe(1);
    expect(() => pairedInterval([1], [1, 2])).toThrow('both sides must have a value per draw, got 1 and 2');
  });
});

describe('holm', () => {
  it('corrects the smallest most, and lets none overtake', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  });
});
