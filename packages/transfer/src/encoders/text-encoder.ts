import * as tf from '@tensorflow/tfjs-core';
import type { Bert } from '@warmstart/models';
import { type CallOptions, Module } from '@warmstart/nn';

/** BERT's last states, averaged over the tokens that are not padding. */
export class TextEncoder extends Module<tf.Tensor, tf.Tensor> {
  readonly bert: Bert;

  constructor(model: Bert) {
    super();
    this.bert = model;
  }

  /** Under BERT's own paths, so that other tools can load the file. */
  override *children(): ReturnType<Module['children']> {
    yield* this.bert.children();
  }

  /**
   * @param ids - token ids as numbers, [batchSize, length]
   * @returns [batchSize, features]; the caller disposes it
   */
  override call(ids: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const tokens = tf.cast(ids, 'int32');
      const mask = tf.cast(tf.notEqual(tokens, this.bert.config.paddingId), 'float32');
      const states = this.bert.encode({ tokens, mask }, options);
      const sum = tf.sum(tf.mul(states, tf.expandDims(mask, 2)), 1);
      return tf.div(sum, tf.maximum(tf.sum(mask, 1, true), 1));
    });
  }
}
