import * as tf from '@tensorflow/tfjs-core';
import { Conv2d, Linear, Module } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';

/** Two convolutions that halve the sides, then one linear layer: a small encoder of square grey images. */
export class ImageEncoder extends Module {
  readonly conv1: Conv2d;
  readonly conv2: Conv2d;
  readonly fc: Linear;
  readonly #side: number;

  constructor({ side, features, random }: { side: number; features: number; random: Random }) {
    super();
    const window = { window: 3, stride: 2, padding: 1, random };
    this.#side = side;
    this.conv1 = new Conv2d(1, 16, window);
    this.conv2 = new Conv2d(16, 32, window);
    this.fc = new Linear(32 * (side / 4) ** 2, features, { random });
  }

  /**
   * @param x - [rows, side · side], pixels row by row
   * @returns [rows, features]; the caller disposes it
   */
  override call(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const images = tf.reshape(x, [-1, this.#side, this.#side, 1]);
      const seen = tf.relu(this.conv2.call(tf.relu(this.conv1.call(images))));
      return tf.relu(this.fc.call(tf.reshape(seen, [images.shape[0] as number, -1])));
    });
  }
}
