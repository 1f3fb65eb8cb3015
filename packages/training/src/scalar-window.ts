import * as tf from '@tensorflow/tfjs-core';

/**
 * Scalars kept on the backend until they are read all at once: reading one each step would make a GPU wait
 * for the host each step, and a running sum would hide at which step a number stopped being finite.
 */
export class ScalarWindow {
  #values: (tf.Scalar | number)[] = [];

  get length(): number {
    return this.#values.length;
  }

  /** Takes ownership. */
  push(value: tf.Scalar | number): void {
    this.#values.push(typeof value === 'number' ? value : tf.keep(value));
  }

  /** All values since the last read, in order; the window is empty afterwards. */
  async read(): Promise<Float32Array> {
    const values = this.#values;
    this.#values = [];
    const scalars = values.filter((value) => typeof value !== 'number');
    const stacked =
      scalars.length > 0 ? tf.tidy(() => tf.stack(scalars.map((s) => tf.cast(s, 'float32')))) : undefined;
    tf.dispose(scalars);
    try {
      const onHost = (await stacked?.data()) as Float32Array | undefined;
      let read = 0;
      return Float32Array.from(values, (value) =>
        typeof value === 'number' ? value : (onHost?.[read++] ?? Number.NaN),
      );
    } finally {
      stacked?.dispose();
    }
  }

  dispose(): void {
    tf.dispose(this.#values.filter((value) => typeof value !== 'number'));
    this.#values = [];
  }
}
