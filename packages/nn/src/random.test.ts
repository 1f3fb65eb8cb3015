import { describe, expect, it } from 'vitest';
import { normalRandom, seededRandom } from './random.js';

const draws = (count: number, random: () => number) => Array.from({ length: count }, random);

describe('seededRandom', () => {
  it('gives these numbers, on every machine', () => {
    expect(draws(3, seededRandom(7, 'mask', 412)).map((u) => Math.round(u * 4294967296))).toEqual([
      1813740526, 3024816149, 3652015585,
    ]);
  });

  it('repeats for the same names and differs for others', () => {
    const first = draws(4, seededRandom(7, 'mask', 1));
    expect(draws(4, seededRandom(7, 'mask', 1))).toEqual(first);
    for (const other of [
      seededRandom(8, 'mask', 1),
      seededRandom(7, 'mask', 2),
      seededRandom(7, 'mask', '1'),
      seededRandom(7, 'mas', 'k1'),
      seededRandom(7, 'mask'),
      seededRandom(7, 1, 'mask'),
    ]) {
      expect(draws(4, other)).not.toEqual(first);
    }
  });

  it('is spread evenly, within a stream and over the first draws of consecutive streams', () => {
    const within = draws(200_000, seededRandom(1, 'uniform'));
    const across = Array.from({ length: 200_000 }, (_, step) => seededRandom(1, 'mask', step)());
    for (const values of [within, across]) {
      const counts = new Array<number>(100).fill(0);
      for (const u of values) counts[Math.floor(u * 100)] = (counts[Math.floor(u * 100)] as number) + 1;
      const chiSquare = counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
      expect(chiSquare).toBeGreaterThan(60); // 99 degrees of freedom: 0.1 % on either side
      expect(chiSquare).toBeLessThan(149);
    }
  });

  it('does not correlate neighbouring draws or neighbouring streams', () => {
    const within = draws(100_001, seededRandom(3));
    const across = Array.from({ length: 100_001 }, (_, step) => seededRandom(3, step)());
    for (const values of [within, across]) {
      let sum = 0;
      for (let i = 0; i < 100_000; i++)
        sum += ((values[i] as number) - 0.5) * ((values[i + 1] as number) - 0.5);
      expect(Math.abs((sum / 100_000) * 12)).toBeLessThan(0.0125); // four standard errors
    }
  });

  it('refuses numbers that are not finite', () => {
    expect(() => seededRandom(Number.NaN)).toThrow(
      'seededRandom: seed and stream numbers must be finite, got NaN.',
    );
  });
});

describe('normalRandom', () => {
  it('has the moments of the normal distribution', () => {
    const values = draws(200_000, normalRandom(seededRandom(5, 'normal')));
    const moment = (power: number) => values.reduce((sum, z) => sum + z ** power, 0) / values.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.009);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.013);
    expect(Math.abs(moment(3))).toBeLessThan(0.035);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.09);
  });
});
