import * as tf from '@tensorflow/tfjs-core';
import { Module, normalFill, Parameter } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';

/** What {@link linearHead} takes besides sizes. */
export interface LinearHeadOptions {
  /** Where first weights are drawn from, e.g. `seededRandom(7, 'head')`. */
  random: Random;
  /** Standard deviation of the first weights; small, so that the first gradients do not tear the encoder. Default 0.01. */
  deviation?: number;
}

/** One linear layer: x Wᵀ + b. Paths `weight` [outFeatures, inFeatures] and `bias`. */
export class LinearHead extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(inFeatures: number, outFeatures: number, { random, deviation = 0.01 }: LinearHeadOptions) {
    super();
    checkSize('linearHead', 'inFeatures', inFeatures);
    checkSize('linearHead', 'outFeatures', outFeatures);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter({ shape: [outFeatures, inFeatures], fill: normalFill(0, deviation, random) });
    this.bias = new Parameter({ shape: [outFeatures] });
  }

  /**
   * @param features - [..., inFeatures]
   * @returns logits [..., outFeatures]; the caller disposes them
   * @throws RangeError if the last axis is not inFeatures long
   */
  override call(features: tf.Tensor): tf.Tensor {
    if (features.shape.at(-1) !== this.inFeatures) {
      throw new RangeError(
        `linearHead: the encoder must give [..., ${this.inFeatures}], got features of [${features.shape}].`,
      );
    }
    return tf.tidy(() => {
      const rows = tf.reshape(features, [-1, this.inFeatures]);
      const product = tf.matMul(rows, this.weight.variable as tf.Tensor2D, false, true);
      return tf.reshape(tf.add(product, this.bias.variable), [
        ...features.shape.slice(0, -1),
        this.outFeatures,
      ]);
    });
  }
}

/**
 * The plainest end: one linear layer, for classes, regression targets or independent labels alike; what its
 * outputs mean is the loss's business.
 *
 * @param inFeatures - what the encoder gives
 * @param outFeatures - classes, targets or labels
 * @throws RangeError unless both are whole numbers ≥ 1
 */
export function linearHead(inFeatures: number, outFeatures: number, options: LinearHeadOptions): LinearHead {
  return new LinearHead(inFeatures, outFeatures, options);
}

/** @throws RangeError unless the size is a whole number ≥ 1 */
export function checkSize(name: string, what: string, size: number): void {
  if (!(Number.isInteger(size) && size >= 1)) {
    throw new RangeError(`${name}: ${what} must be a whole number ≥ 1, got ${size}.`);
  }
}
