import { describe, expect, it } from 'vitest';
import { seededRandom } from './seeded-random.js';

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

  it('takes names of any characters and length, and −0 as 0', () => {
    const firsts = ['é', 'e\u0301', '日本', '\u0000', '', 'x'.repeat(1e6)].map((name) =>
      seededRandom(1, name)(),
    );
    expect(new Set(firsts).size).toBe(firsts.length);
    expect(seededRandom(-0, -0)()).toBe(seededRandom(0, 0)());
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %s', (value) => {
    const message = `seededRandom: seed and stream numbers must be finite, got ${value}.`;
    expect(() => seededRandom(value)).toThrow(new RangeError(message));
    expect(() => seededRandom(7, 'mask', value)).toThrow(new RangeError(message));
  });

  it('refuses seeds and names of another kind', () => {
    for (const [seed, got] of [
      [undefined, 'undefined'],
      [null, 'null'],
      ['7', 'a string'],
      [7n, 'a bigint'],
      [{}, 'an object'],
    ]) {
      expect(() => seededRandom(seed as never)).toThrow(
        new TypeError(`seededRandom: seed must be a number, got ${got}. E.g. seededRandom(7, 'mask').`),
      );
    }
    for (const [name, got] of [
      [undefined, 'undefined'],
      [[1], 'an object'],
      [true, 'a boolean'],
    ]) {
      expect(() => seededRandom(7, name as never)).toThrow(
        new TypeError(`seededRandom: a stream is named by strings and numbers, got ${got}.`),
      );
    }
  });
});
