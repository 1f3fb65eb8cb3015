import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor } from '@warmstart/shapes';

/** One variable's guide on the backend, in the variable's own layout. */
export class GuideTensor {
  readonly value: tf.Tensor;
  /** Where the guide is exactly 1, or exactly 0; undefined if nowhere. */
  readonly #one: tf.Tensor | undefined;
  readonly #zero: tf.Tensor | undefined;

  /** @param layout - running = transpose(PyTorch's, layout) */
  constructor({ data, shape }: Pick<NamedTensor, 'data' | 'shape'>, layout: readonly number[] | undefined) {
    const values = Float32Array.from(data as Float32Array, Number);
    const [value, one, zero] = tf.tidy(() => {
      const stored = tf.tensor(values, [...shape], 'float32');
      const running = layout ? tf.transpose(stored, [...layout]) : stored;
      return [running, tf.equal(running, 1), tf.equal(running, 0)];
    }) as [tf.Tensor, tf.Tensor, tf.Tensor];
    this.value = tf.keep(value);
    this.#one = keepIf(one, values.includes(1));
    this.#zero = keepIf(zero, values.includes(0));
  }

  /** The guide after going `share` of the way to 1; inside `tf.tidy`. */
  at(share: number): tf.Tensor {
    return share === 0 ? this.value : tf.add(this.value, tf.mul(tf.sub(1, this.value), share));
  }

  /** before + guide · (after − before), exact where the guide is 1; inside `tf.tidy`. */
  blend(before: tf.Tensor, after: tf.Tensor, share: number): tf.Tensor {
    const moved = tf.add(before, tf.mul(this.at(share), tf.sub(after, before)));
    return this.#one ? tf.where(this.#one, after, moved) : moved;
  }

  /** `moved`, but `before` to the bit where the guide is 0; inside `tf.tidy`. */
  freeze(before: tf.Tensor, moved: tf.Tensor, share: number): tf.Tensor {
    return this.#zero && share === 0 ? tf.where(this.#zero, before, moved) : moved;
  }

  dispose(): void {
    this.value.dispose();
    this.#one?.dispose();
    this.#zero?.dispose();
  }
}

function keepIf(tensor: tf.Tensor, isNeeded: boolean): tf.Tensor | undefined {
  if (isNeeded) return tf.keep(tensor);
  tensor.dispose();
  return undefined;
}
