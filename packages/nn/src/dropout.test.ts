import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { Dropout, StochasticDepth } from './dropout.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('Dropout', () => {
  it('drops its share while training and keeps the mean', async () => {
    const y = new Dropout(0.25).call(tf.ones([10_000]), { training: true, random: seededRandom(1) });
    const values = [...(await y.data())];
    const dropped = values.filter((value) => value === 0).length;
    expect(Math.abs(dropped - 2500)).toBeLessThan(170); // four standard deviations
    for (const value of values) if (value !== 0) expect(value).toBeCloseTo(4 / 3, 6);
  });

  it('draws the same for the same stream, and passes through otherwise', async () => {
    const run = async () =>
      new Dropout(0.5).call(tf.ones([64]), { training: true, random: seededRandom(2) }).data();
    expect(await run()).toEqual(await run());
    expect([...(await new Dropout(0.5).call(tf.ones([8])).data())]).toEqual(new Array(8).fill(1));
    expect([
      ...(await new Dropout(1).call(tf.ones([2]), { training: true, random: () => 0.9 }).data()),
    ]).toEqual([0, 0]);
  });

  it('says what it needs', () => {
    expect(() => new Dropout(1.5)).toThrow('Dropout: rate must be in [0, 1], got 1.5.');
    expect(() => new Dropout(0.5).call(tf.ones([1]), { training: true })).toThrow(
      'Dropout: training needs a source of randomness, got none. ' +
        "Call the model with { training: true, random: seededRandom(seed, 'dropout', step) }.",
    );
  });
});

describe('StochasticDepth', () => {
  it('drops whole rows', async () => {
    const y = new StochasticDepth(0.5).call(tf.ones([64, 3, 2]), { training: true, random: seededRandom(3) });
    const values = await y.data();
    let dropped = 0;
    for (let row = 0; row < 64; row++) {
      const part = [...values.slice(row * 6, row * 6 + 6)];
      expect(part).toEqual(new Array(6).fill(part[0]));
      if (part[0] === 0) dropped++;
    }
    expect(dropped).toBeGreaterThan(15);
    expect(dropped).toBeLessThan(49);
  });
});
