import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { gradientError, leaked, ramp } from './fixtures/finite-differences.js';
import { binaryCrossEntropyWithLogits, crossEntropy, meanSquaredError } from './losses.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const number = async (tensor: tf.Tensor) => (await tensor.data())[0] as number;

describe('crossEntropy', () => {
  const logits = () => tf.tensor2d([1, 2, 3, 0, 0, 0], [2, 3]);

  it('is the mean of −log softmax at the label', async () => {
    const loss = crossEntropy(logits(), tf.tensor1d([2, 0], 'int32'));
    expect(await number(loss)).toBeCloseTo((0.4076059 + 1.0986123) / 2, 6);
  });

  it('takes indices, probabilities, more axes and smoothing', async () => {
    const labels = tf.tensor1d([2, 0], 'int32');
    const indices = await number(crossEntropy(logits(), labels, { labelSmoothing: 0.1 }));
    const oneHot = await number(crossEntropy(logits(), tf.oneHot(labels, 3), { labelSmoothing: 0.1 }));
    expect(oneHot).toBeCloseTo(indices, 6);
    expect(indices).toBeCloseTo((0.4076059 + 0.1 + 1.0986123) / 2, 5);
    const folded = crossEntropy(tf.reshape(logits(), [1, 2, 3]), tf.reshape(labels, [1, 2]));
    expect(await number(folded)).toBeCloseTo((0.4076059 + 1.0986123) / 2, 6);
  });

  it('leaves ignored rows out, and is 0 when nothing is left', async () => {
    const half = crossEntropy(logits(), tf.tensor1d([2, -100], 'int32'));
    expect(await number(half)).toBeCloseTo(0.4076059, 6);
    const none = crossEntropy(logits(), tf.tensor1d([-1, -1], 'int32'), { ignoreIndex: -1 });
    expect(await number(none)).toBe(0);
  });

  it.each([3, -1])(
    'is not finite, rather than a little too small, for a label that is no class: %i',
    async (label) => {
      const labels = tf.tensor1d([2, label], 'int32');
      expect(await number(crossEntropy(logits(), labels))).toBeNaN();
      const smooth = await number(crossEntropy(logits(), labels, { labelSmoothing: 0.1 }));
      expect(Number.isFinite(smooth)).toBe(false);
    },
  );

  it('stays finite at large logits', async () => {
    const loss = crossEntropy(tf.tensor2d([[1000, -1000]]), tf.tensor1d([1], 'int32'));
    expect(await number(loss)).toBe(2000);
  });

  it('has the gradient of its value, and leaves nothing behind', async () => {
    const labels = tf.tensor1d([2, 0, -100, 1], 'int32');
    const smooth = (x: tf.Tensor) => crossEntropy(x, labels, { labelSmoothing: 0.2 });
    expect(await gradientError(smooth, [ramp([4, 3], 2)])).toBeLessThan(2e-3);
    expect(leaked(() => smooth(ramp([4, 3])))).toBe(1); // the ramp itself
  });

  it('says what fits', () => {
    expect(() => crossEntropy(logits(), tf.tensor1d([1, 2, 3], 'int32'))).toThrow(
      'crossEntropy: labels must be [2] indices or [2,3] probabilities, got [3].',
    );
    expect(() => crossEntropy(logits(), tf.tensor1d([1, 2], 'int32'), { labelSmoothing: 1 })).toThrow(
      'crossEntropy: labelSmoothing must be in [0, 1), got 1.',
    );
  });
});

describe('meanSquaredError', () => {
  it('is the mean square of the difference', async () => {
    expect(await number(meanSquaredError(tf.tensor1d([1, 2, 3]), tf.tensor1d([1, 0, 0])))).toBeCloseTo(
      13 / 3,
    );
    const target = ramp([5], 0.5);
    expect(await gradientError((x) => meanSquaredError(x, target), [ramp([5])])).toBeLessThan(2e-3);
  });

  it('does not broadcast', () => {
    expect(() => meanSquaredError(tf.zeros([2, 1]), tf.zeros([2]))).toThrow(
      'meanSquaredError: both tensors must have one shape, got [2,1] and [2].',
    );
  });
});

describe('binaryCrossEntropyWithLogits', () => {
  it('is finite and right from −1000 to 1000, zero included', async () => {
    const logits = tf.tensor1d([-1000, -20, 0, 3, 1000]);
    const target = tf.tensor1d([1, 0, 1, 0.25, 0]);
    const expected = (1000 + 2.06e-9 + Math.LN2 + (3.0485874 - 0.75) + 1000) / 5;
    expect(await number(binaryCrossEntropyWithLogits(logits, target))).toBeCloseTo(expected, 3);
    const gradient = tf.grad((x) => binaryCrossEntropyWithLogits(x, target))(logits);
    const slopes = await gradient.data();
    for (const [index, slope] of [-1, 0, -0.5, 0.7025741, 1].entries()) {
      expect(slopes[index]).toBeCloseTo(slope / 5, 6);
    }
  });

  it('has the gradient of its value', async () => {
    const target = tf.tensor1d([0, 1, 0.5, 1]);
    const loss = (x: tf.Tensor) => binaryCrossEntropyWithLogits(x, target);
    expect(await gradientError(loss, [ramp([4], 3)])).toBeLessThan(2e-3);
  });
});
