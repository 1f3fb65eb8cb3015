import * as tf from '@tensorflow/tfjs-core';
import { type CallOptions, Dropout, Linear, Module } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { checkSize, LinearHead } from './linear-head.js';

/** What {@link mlpHead} takes besides sizes. */
export interface MlpHeadOptions {
  /** Where first weights are drawn from. */
  random: Random;
  /** Width of the hidden layer. Default: inFeatures. */
  hidden?: number;
  /** Share of hidden values dropped while training; `call` then needs `random`. Default 0. */
  dropout?: number;
}

/** Linear, ReLU, dropout, linear. Paths `fc1.weight`, `fc1.bias`, `fc2.weight`, `fc2.bias`. */
export class MlpHead extends Module {
  readonly fc1: Linear;
  readonly dropout: Dropout;
  readonly fc2: LinearHead;

  constructor(inFeatures: number, outFeatures: number, options: MlpHeadOptions) {
    super();
    const { random, hidden = inFeatures, dropout = 0 } = options;
    checkSize('mlpHead', 'hidden', hidden);
    this.fc1 = new Linear(inFeatures, hidden, { random });
    this.dropout = new Dropout(dropout);
    this.fc2 = new LinearHead(hidden, outFeatures, { random });
  }

  /**
   * @param features - [..., inFeatures]
   * @returns logits [..., outFeatures]; the caller disposes them
   */
  override call(features: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.fc2.call(this.dropout.call(tf.relu(this.fc1.call(features)), options)));
  }
}

/**
 * One hidden layer, for features that are not linearly separable and labels enough to bend them.
 *
 * @throws RangeError for sizes below 1 or a dropout outside [0, 1)
 */
export function mlpHead(inFeatures: number, outFeatures: number, options: MlpHeadOptions): MlpHead {
  return new MlpHead(inFeatures, outFeatures, options);
}
