import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { installKernels } from './install.js';
import type { Threads } from './wasm/threads.js';

const uniform = (shape: number[], seed: number): tf.Tensor => tf.randomUniform(shape, -1, 1, 'float32', seed);

/** Large enough that every kernel with threads uses them. */
const heavy: Record<string, () => tf.Tensor> = {
  'product by rows': () =>
    tf.matMul(uniform([301, 128], 1) as tf.Tensor2D, uniform([128, 67], 2) as tf.Tensor2D),
  'product by columns, transposed': () =>
    tf.matMul(uniform([130, 43], 1) as tf.Tensor2D, uniform([301, 130], 2) as tf.Tensor2D, true, true),
  'product by batch': () => tf.matMul(uniform([7, 40, 50], 1), uniform([7, 50, 60], 2)),
  'convolution and its gradients': () => {
    const x = uniform([5, 15, 14, 8], 3) as tf.Tensor4D;
    const filter = uniform([3, 3, 8, 24], 4) as tf.Tensor4D;
    return gradients((a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, [2, 1], 'same'), x, filter);
  },
  'pointwise convolution and its gradients': () =>
    gradients(
      (a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same'),
      uniform([3, 15, 14, 32], 3),
      uniform([1, 1, 32, 40], 4),
    ),
  'depthwise convolution and its gradients': () =>
    gradients(
      (a, b) => tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same'),
      uniform([3, 20, 21, 131], 3),
      uniform([3, 3, 131, 1], 4),
    ),
  'largest of windows': () =>
    gradients((a) => tf.maxPool(a as tf.Tensor4D, 3, 2, 'same'), uniform([5, 31, 30, 16], 3), tf.scalar(0)),
};

/** Value and both gradients of f, in one vector. */
function gradients(f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const value = f(a, b);
  const weights = uniform(value.shape, 9);
  const flows = tf.grads((x: tf.Tensor, y: tf.Tensor) =>
    tf.add(tf.sum(tf.mul(f(x, y), weights)), tf.mul(0, tf.sum(y))),
  )([a, b]);
  return tf.concat([value, ...flows].map((tensor) => tf.reshape(tensor, [-1])));
}

/** What threads promise, on the wasm backend in use; leaves it with one thread. */
export function threadSuite(threads: () => Threads): void {
  test.each(Object.keys(heavy))('%s on threads is what one thread makes', async (name) => {
    const run = heavy[name] as () => tf.Tensor;
    await installKernels(tf);
    const want = await run().data();
    await installKernels(tf, { threads: threads() });
    const got = await run().data();
    expect(await run().data()).toEqual(got);
    await installKernels(tf);
    expect(got.length).toBe(want.length);
    got.forEach((value, i) => {
      const wanted = want[i] ?? Number.NaN;
      if (!(Math.abs(value - wanted) <= 2e-5 * (1 + Math.abs(wanted)))) expect(value).toBe(wanted);
    });
  });
}
