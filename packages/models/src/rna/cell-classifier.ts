import * as tf from '@tensorflow/tfjs-core';
import { type CallOptions, Conv2d, Dropout, Linear, Module } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import type { ScBertSettings } from './scbert-settings.js';

/** The published classifier: each gene's state to one number, then three layers over all genes. */
export class CellClassifier extends Module {
  readonly conv1: Conv2d;
  readonly fc1: Linear;
  readonly fc2: Linear;
  readonly fc3: Linear;
  readonly #dropout = new Dropout(0);

  constructor({ features, geneCount }: ScBertSettings, classCount: number, random: Random) {
    super();
    this.conv1 = new Conv2d(1, 1, { window: [1, features], random });
    this.fc1 = new Linear(geneCount + 1, 512, { random });
    this.fc2 = new Linear(512, 100, { random });
    this.fc3 = new Linear(100, classCount, { random });
  }

  /** @param states - [batch, length, features] */
  override call(states: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const [batch, length] = states.shape as [number, number];
      const summary = tf.relu(this.conv1.call(tf.expandDims(states, 3)));
      let y = tf.reshape(summary, [batch, length]);
      for (const layer of [this.fc1, this.fc2]) y = this.#dropout.call(tf.relu(layer.call(y)), options);
      return this.fc3.call(y);
    });
  }
}
