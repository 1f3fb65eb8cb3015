import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { hiddenCount, sampleMask, sampleMaskValues } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

describe('sampleMask', () => {
  it('hides exactly clamp(round(ratio × units), 1, units − 1) units of every row, whole units only', () => {
    const cases = fc.record({
      rows: fc.integer({ min: 1, max: 5 }),
      units: fc.integer({ min: 2, max: 40 }),
      size: fc.integer({ min: 1, max: 5 }),
      ratio: fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(cases, ({ rows, units, size, ratio, seed }) => {
        const width = units * size;
        const hidden = sampleMaskValues([rows, width], ratio, seededRandom(seed), { groups: size });
        const count = Math.min(units - 1, Math.max(1, Math.round(Number((ratio * units).toPrecision(12)))));
        for (let row = 0; row < rows; row++) {
          const values = [...hidden.subarray(row * width, (row + 1) * width)];
          expect(values.reduce((sum, value) => sum + value, 0)).toBe(count * size);
          values.forEach((value, feature) => {
            expect(value).toBe(values[feature - (feature % size)]);
          });
        }
      }),
    );
  });

  it.each([
    [[8, 28, 28], '8,28,28'],
    [[Number.NaN, 10], 'NaN,10'],
    [[4, 10.5], '4,10.5'],
    [[4], '4'],
  ])('refuses a shape that is not rows and features: %j', (shape, shown) => {
    expect(() => sampleMaskValues(shape as [number, number], 0.5, seededRandom(1))).toThrow(
      `sampleMask: shape must be [rows, features] in whole numbers, got [${shown}].`,
    );
  });

  it('keeps one of 10 at ratio 0.9', () => {
    expect(hiddenCount(10, 0.9)).toBe(9);
    expect(hiddenCount(10, 0.3)).toBe(3);
    expect(hiddenCount(2, 0.99)).toBe(1);
    expect(hiddenCount(10, 0.01)).toBe(1);
  });

  it('gives a row the same mask in any batch, when rows have their own streams', () => {
    const ids = [4, 9, 2];
    const forRow = (row: number) => seededRandom(ids[row] as number);
    const together = sampleMaskValues([3, 12], 0.5, { forRow });
    const alone = sampleMaskValues([1, 12], 0.5, { forRow: () => seededRandom(2) });
    expect([...together.subarray(24)]).toEqual([...alone]);
  });

  it('hides spans of exactly the asked number of units, and words row by row', () => {
    const hidden = sampleMaskValues([1, 40], 0.25, seededRandom(3), { spanLength: 5 });
    const runs = [...hidden].join('').match(/1+/g) ?? [];
    expect(runs.join('')).toHaveLength(10);
    expect(runs.length).toBeLessThanOrEqual(4);
    const words = [
      [[0, 1], [2], [3, 4, 5]],
      [[0], [1, 2, 3, 4, 5]],
    ];
    const mask = sampleMaskValues([2, 6], 0.5, seededRandom(1), { groups: (row) => words[row] ?? [] });
    for (const [row, units] of words.entries()) {
      for (const unit of units) expect(new Set(unit.map((place) => mask[row * 6 + place])).size).toBe(1);
    }
  });

  it('hides every unit equally often', () => {
    const counts = new Float64Array(12);
    const random = seededRandom(11);
    const draws = 4000;
    for (let draw = 0; draw < draws; draw++) {
      sampleMaskValues([1, 12], 0.25, random).forEach((value, i) => {
        counts[i] = (counts[i] as number) + value;
      });
    }
    const deviation = Math.sqrt(draws * 0.25 * 0.75);
    for (const count of counts) expect(Math.abs(count - draws * 0.25)).toBeLessThan(4.5 * deviation);
  });

  it('never hides what is not eligible', () => {
    const eligible = [1, 1, 0, 1, 0, 1];
    for (let seed = 0; seed < 50; seed++) {
      const hidden = sampleMaskValues([1, 6], 0.5, seededRandom(seed), { eligible });
      expect([hidden[2], hidden[4]]).toEqual([0, 0]);
      expect([...hidden].filter(Boolean)).toHaveLength(2);
    }
  });

  it('is a bool tensor that the caller disposes', () => {
    const before = tf.memory().numTensors;
    const mask = sampleMask([4, 6], 0.5, seededRandom(1));
    expect([mask.dtype, mask.shape]).toEqual(['bool', [4, 6]]);
    mask.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names what cannot work', () => {
    const draw =
      (ratio: number, options = {}) =>
      () =>
        sampleMask([2, 6], ratio, seededRandom(1), options);
    expect(draw(1)).toThrow('sampleMask: maskRatio must be between 0 and 1, both excluded, got 1.');
    expect(draw(0.5, { groups: 4 })).toThrow('sampleMask: groups must divide the 6 features, got 4.');
    expect(draw(0.5, { groups: 6 })).toThrow(
      'at least 2 units, one to hide and one to keep, got 1 in row 0.',
    );
    expect(draw(0.5, { groups: [[0], [0, 1]] })).toThrow(
      'groups must not overlap, got feature 0 in groups 0 and 1.',
    );
    expect(draw(0.5, { groups: [[0], [6]] })).toThrow('groups must hold features 0 to 5, got 6 in group 1.');
    expect(draw(0.5, { groups: [[0], []] })).toThrow('every group must hold a feature, got none in group 1.');
    expect(draw(0.5, { eligible: new Uint8Array(12).fill(1, 0, 6) })).toThrow(
      'at least 2 eligible units, one to hide and one to keep, got 0 in row 1. Leave such rows out.',
    );
  });
});
