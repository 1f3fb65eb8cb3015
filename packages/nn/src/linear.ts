import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import { uniformFill } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { requireSize } from './size.js';

export interface LinearOptions {
  random: Random;
  /** whether to add a bias. Default true. */
  bias?: boolean;
}

/**
 * x Wᵀ + b over the last axis.
 *
 * Weights are [outFeatures, inFeatures], drawn like PyTorch's: uniform in ±1/√inFeatures, bias too.
 *
 * @see torch.nn.Linear
 */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;

  constructor(inFeatures: number, outFeatures: number, { random, bias = true }: LinearOptions) {
    super();
    requireSize('Linear', 'inFeatures', inFeatures);
    requireSize('Linear', 'outFeatures', outFeatures);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    const bound = 1 / Math.sqrt(inFeatures);
    this.weight = new Parameter({
      shape: [outFeatures, inFeatures],
      fill: uniformFill(-bound, bound, random),
    });
    this.bias = bias
      ? new Parameter({ shape: [outFeatures], fill: uniformFill(-bound, bound, random) })
      : undefined;
  }

  /**
   * @param x - [..., inFeatures]
   * @returns [..., outFeatures]
   * @throws RangeError if the last axis is not inFeatures long
   */
  override call(x: tf.Tensor): tf.Tensor {
    const size = x.shape.at(-1);
    if (size !== this.inFeatures) {
      throw new RangeError(
        `Linear: the last axis must be ${this.inFeatures} long, got an input of [${x.shape}].`,
      );
    }
    return tf.tidy(() => {
      const rows = tf.reshape(x, [-1, this.inFeatures]); // 2-D: other ranks have no gradient in tfjs
      const product = tf.matMul(rows as tf.Tensor2D, this.weight.variable as tf.Tensor2D, false, true);
      const sum = this.bias ? tf.add(product, this.bias.variable) : product;
      return tf.reshape(sum, [...x.shape.slice(0, -1), this.outFeatures]);
    });
  }
}
