import * as tf from '@tensorflow/tfjs-core';
import { constantFill } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { requireSize } from './size.js';

/**
 * Normalises each example over the last axis, then scales and shifts.
 *
 * @see Ba et al. 2016, arXiv 1607.06450; torch.nn.LayerNorm
 */
export class LayerNorm extends Module {
  readonly features: number;
  readonly epsilon: number;
  readonly weight: Parameter;
  readonly bias: Parameter;

  /** @param options.epsilon - added to the variance. Default 1e-5; BERT uses 1e-12. */
  constructor(features: number, { epsilon = 1e-5 }: { epsilon?: number } = {}) {
    super();
    requireSize('LayerNorm', 'features', features);
    this.features = features;
    this.epsilon = epsilon;
    this.weight = new Parameter({ shape: [features], fill: constantFill(1) });
    this.bias = new Parameter({ shape: [features] });
  }

  /** @param x - [..., features] */
  override call(x: tf.Tensor): tf.Tensor {
    if (x.shape.at(-1) !== this.features) {
      throw new RangeError(`LayerNorm: the last axis must be ${this.features} long, got [${x.shape}].`);
    }
    return tf.tidy(() => {
      const normalised = standardiseRows(tf.reshape(x, [-1, this.features]), this.epsilon);
      const y = tf.add(tf.mul(normalised, this.weight.variable), this.bias.variable);
      return tf.reshape(y, x.shape);
    });
  }
}

function standardiseRows(rows: tf.Tensor, epsilon: number): tf.Tensor {
  const apply = tf.customGrad((value, save) => {
    const input = value as tf.Tensor;
    const centred = tf.sub(input, tf.mean(input, -1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
    const normalised = tf.mul(centred, inverse);
    (save as tf.GradSaveFunc)([normalised, inverse]);
    return {
      value: normalised,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [kept, scale] = saved as [tf.Tensor, tf.Tensor];
        const along = tf.mul(kept, tf.mean(tf.mul(dy, kept), -1, true));
        return tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), along), scale);
      },
    };
  });
  return apply(rows);
}
