import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hideValues, maskedLoss } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const mask = () => tf.tensor2d([1, 0, 0, 1, 1, 0], [2, 3], 'bool');

describe('maskedLoss', () => {
  it('is the mean squared error over the hidden values', async () => {
    const predicted = tf.tensor2d([1, 9, 9, 2, 3, 9], [2, 3]);
    const target = tf.tensor2d([0, 0, 0, 0, 1, 0], [2, 3]);
    expect((await maskedLoss(predicted, target, mask()).data())[0]).toBeCloseTo((1 + 4 + 4) / 3, 6);
  });

  it.each(['squared-error', 'absolute-error', 'binary-cross-entropy'] as const)(
    'is finite, and so is its gradient, when the target is NaN where nothing is hidden: %s',
    async (kind) => {
      const target = tf.tensor2d([0, Number.NaN, Number.NaN, 1, 1, Number.NaN], [2, 3]);
      const gradient = tf.grad((predicted) => maskedLoss(predicted, target, mask(), { kind }))(
        tf.ones([2, 3]),
      );
      const values = [...(await gradient.data())];
      expect(values.every(Number.isFinite)).toBe(true);
      expect([values[1], values[2], values[5]]).toEqual([0, 0, 0]);
      expect(values[0]).not.toBe(0);
    },
  );

  it('is 0 where nothing is hidden', async () => {
    const none = tf.zeros([2, 3], 'bool');
    expect((await maskedLoss(tf.ones([2, 3]), tf.zeros([2, 3]), none).data())[0]).toBe(0);
  });

  it('compares classes by cross-entropy, ignoring labels that are not asked for', async () => {
    const logits = tf.tensor2d([0, 0, 5, 0], [2, 2]);
    const labels = tf.tensor1d([1, -100], 'int32');
    const asked = tf.tensor1d([1, 0], 'bool');
    const loss = maskedLoss(logits, labels, asked, { kind: 'cross-entropy' });
    expect((await loss.data())[0]).toBeCloseTo(Math.log(2), 6);
  });

  it('names the shapes that do not fit', () => {
    expect(() => maskedLoss(tf.ones([2, 3]), tf.ones([2, 2]), mask())).toThrow(
      'maskedLoss: for squared-error, predicted, target and mask must fit together, got predicted [2,3], target [2,2] and mask [2,3].',
    );
  });
});

describe('hideValues', () => {
  it('replaces hidden values, NaN too, and leaves the others to the bit', async () => {
    const x = tf.tensor2d([Number.NaN, 2, -0, 4, 5, 6], [2, 3]);
    expect([...(await hideValues(x, mask()).data())]).toEqual([0, 2, -0, 0, 0, 6]);
    const means = tf.tensor1d([7, 8, 9]);
    expect([...(await hideValues(x, mask(), means).data())]).toEqual([7, 2, -0, 7, 8, 6]);
  });
});
