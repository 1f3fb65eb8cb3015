import * as tf from '@tensorflow/tfjs-core';

/**
 * The largest difference between the gradient of sum(f · w) with fixed uneven weights w and its central
 * differences, relative to the largest of these.
 */
export async function gradientError(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  step = 1e-2,
): Promise<number> {
  const weigh = (y: tf.Tensor) => {
    const weights = Float32Array.from({ length: y.size }, (_, i) => Math.sin(i * 1.7 + 0.3));
    return tf.sum(tf.mul(tf.reshape(y, [-1]), tf.tensor1d(weights)));
  };
  const gradients = tf.grads((...xs) => weigh(f(...xs)))(inputs);
  let worst = 0;
  let largest = 1e-3;
  for (const [index, input] of inputs.entries()) {
    const values = await input.data();
    const got = await (gradients[index] as tf.Tensor).data();
    for (let i = 0; i < values.length; i++) {
      const at = async (offset: number) => {
        const moved = Float32Array.from(values as Float32Array);
        moved[i] = (moved[i] as number) + offset;
        const loss = tf.tidy(() => {
          const xs = inputs.map((x, j) => (j === index ? tf.tensor(moved, x.shape) : x));
          return weigh(f(...xs));
        });
        const [value] = await loss.data();
        loss.dispose();
        return value as number;
      };
      const expected = ((await at(step)) - (await at(-step))) / (2 * step);
      worst = Math.max(worst, Math.abs(expected - (got[i] as number)));
      largest = Math.max(largest, Math.abs(expected));
    }
  }
  tf.dispose(gradients);
  return worst / largest;
}

/** How many tensors are left behind by a call whose result is disposed. */
export function leaked(call: () => tf.TensorContainer): number {
  const before = tf.memory().numTensors;
  tf.dispose(call());
  return tf.memory().numTensors - before;
}

/** Fixed uneven values around 0. */
export function ramp(shape: number[], scale = 1): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => scale * Math.sin(i * 2.3 + 0.7)),
    shape,
  );
}
