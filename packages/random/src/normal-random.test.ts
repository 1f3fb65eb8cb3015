import { describe, expect, it } from 'vitest';
import { normalRandom } from './normal-random.js';
import { seededRandom } from './seeded-random.js';

describe('normalRandom', () => {
  it('has the moments of the normal distribution', () => {
    const normal = normalRandom(seededRandom(5, 'normal'));
    const values = Array.from({ length: 200_000 }, normal);
    const moment = (power: number) => values.reduce((sum, z) => sum + z ** power, 0) / values.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.009);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.013);
    expect(Math.abs(moment(3))).toBeLessThan(0.035);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.09);
  });

  it('is finite at both ends of what it draws from', () => {
    for (const drawn of [0, 1 - 2 ** -32, 1 - 2 ** -53]) {
      const normal = normalRandom(() => drawn);
      expect([normal(), normal()].every(Number.isFinite)).toBe(true);
    }
  });

  it('refuses a seed', () => {
    expect(() => normalRandom(7 as never)).toThrow(
      "normalRandom: random must be a function, got 7. E.g. seededRandom(7, 'order').",
    );
  });
});
