import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { gradientError, leaked, ramp } from './fixtures/finite-differences.js';
import { maxOverAxis } from './max-over-axis.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('maxOverAxis', () => {
  it('gives the maximum and its gradient, and leaves nothing behind', async () => {
    const x = ramp([2, 5, 3]);
    expect(await maxOverAxis(x, 1).data()).toEqual(await tf.max(x, 1).data());
    expect(await gradientError((value) => maxOverAxis(value, 1), [x], 1e-3)).toBeLessThan(2e-3);
    expect(leaked(() => maxOverAxis(x, 1))).toBe(0);
  });

  it('shares the gradient between equals', async () => {
    const gradient = tf.grad((x) => maxOverAxis(x, 0))(tf.tensor1d([3, 1, 3]));
    expect([...(await gradient.data())]).toEqual([0.5, 0, 0.5]);
  });
});
