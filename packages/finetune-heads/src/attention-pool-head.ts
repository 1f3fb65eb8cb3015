import * as tf from '@tensorflow/tfjs-core';
import { Linear, Module } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { LinearHead } from './linear-head.js';

/** Features of a sequence, and where they count. */
export interface SequenceFeatures {
  /** [batchSize, length, featureCount] */
  features: tf.Tensor;
  /** [batchSize, length], true or 1 where a place counts: not padding */
  mask?: tf.Tensor;
}

/** Weighs the places of a sequence by a learned score, then one linear layer. Paths `score.…`, `classifier.…`. */
export class AttentionPoolHead extends Module<tf.Tensor | SequenceFeatures> {
  readonly score: Linear;
  readonly classifier: LinearHead;

  constructor(inFeatures: number, outFeatures: number, { random }: { random: Random }) {
    super();
    this.score = new Linear(inFeatures, 1, { random });
    this.classifier = new LinearHead(inFeatures, outFeatures, { random });
  }

  /** @returns logits [batchSize, outFeatures]; the caller disposes them */
  override call(input: tf.Tensor | SequenceFeatures): tf.Tensor {
    const { features, mask } = input instanceof tf.Tensor ? { features: input, mask: undefined } : input;
    if (features.rank !== 3) {
      throw new RangeError(
        `attentionPoolHead: features must be [batchSize, length, featureCount], got [${features.shape}].`,
      );
    }
    return tf.tidy(() => {
      const scores = tf.squeeze(this.score.call(features), [2]); // [batch, length]
      const bias = mask ? tf.mul(tf.sub(1, tf.cast(mask, 'float32')), -1e30) : undefined;
      const weights = tf.softmax(bias ? tf.add(scores, bias) : scores);
      return this.classifier.call(tf.sum(tf.mul(features, tf.expandDims(weights, 2)), 1));
    });
  }
}

/**
 * For sequences whose parts matter differently: each place gets a learned weight, and one linear layer reads
 * the weighted mean.
 *
 * @param inFeatures - what the encoder gives a place
 * @see Ilse et al. 2018, arXiv 1802.04712 (attention pooling)
 */
export function attentionPoolHead(
  inFeatures: number,
  outFeatures: number,
  options: { random: Random },
): AttentionPoolHead {
  return new AttentionPoolHead(inFeatures, outFeatures, options);
}
