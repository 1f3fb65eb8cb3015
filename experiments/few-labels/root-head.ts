import * as tf from '@tensorflow/tfjs-core';
import type { LinearHead } from '@warmstart/finetune-heads';
import { Module } from '@warmstart/nn';

/** Added before the root, whose slope at 0 is infinite. */
const offset = 1e-4;

/**
 * A linear layer on the square roots of features that are never negative. A few large activations then no
 * longer outweigh the many small ones that tell digits apart.
 *
 * @see Perronnin et al. 2010, "Improving the Fisher kernel", §3.2 (power normalisation)
 */
export class RootHead extends Module {
  readonly linear: LinearHead;

  constructor(linear: LinearHead) {
    super();
    this.linear = linear;
  }

  override call(features: tf.Tensor): tf.Tensor {
    return tf.tidy(() => this.linear.call(rootsOf(features)));
  }
}

/** @returns square roots of features ≥ 0; the caller disposes them */
export function rootsOf(features: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.sqrt(tf.add(features, offset)));
}
