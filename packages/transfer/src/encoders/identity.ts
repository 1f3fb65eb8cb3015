import * as tf from '@tensorflow/tfjs-core';
import { Module } from '@warmstart/nn';
import type { NamedVariable } from '@warmstart/shapes';

/** Features as they come: nothing to compute, nothing to learn. */
export class Identity extends Module<tf.Tensor, tf.Tensor> {
  /** @returns a tensor of its own; the caller disposes it */
  override call(features: tf.Tensor): tf.Tensor {
    return tf.clone(features);
  }

  override *namedVariables(): Iterable<NamedVariable> {}
}
