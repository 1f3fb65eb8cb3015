import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import { type CallOptions, Module } from './module.js';

/**
 * Zeroes values at random while training, and scales the rest to keep the mean.
 *
 * Draws from the call's `random`, so the same stream drops the same values.
 *
 * @see Srivastava et al. 2014; torch.nn.Dropout
 */
export class Dropout extends Module {
  readonly rate: number;

  /** @param rate - share dropped, in [0, 1] */
  constructor(rate: number) {
    super();
    requireRate('Dropout', rate);
    this.rate = rate;
  }

  /** @throws TypeError if it trains without `random` */
  override call(x: tf.Tensor, { training = false, random }: CallOptions = {}): tf.Tensor {
    if (!training || this.rate === 0) return tf.clone(x);
    const draw = requireRandom('Dropout', random);
    return tf.tidy(() => tf.mul(x, keepMask(x.shape, this.rate, draw)));
  }
}

/**
 * Leaves whole rows of a batch out while training: for a residual branch.
 *
 * @see Huang et al. 2016, arXiv 1603.09382; torchvision.ops.StochasticDepth(mode='row')
 */
export class StochasticDepth extends Module {
  readonly rate: number;

  /** @param rate - share of rows dropped, in [0, 1] */
  constructor(rate: number) {
    super();
    requireRate('StochasticDepth', rate);
    this.rate = rate;
  }

  /**
   * @param x - [batchSize, ...]
   * @throws TypeError if it trains without `random`
   */
  override call(x: tf.Tensor, { training = false, random }: CallOptions = {}): tf.Tensor {
    if (!training || this.rate === 0) return tf.clone(x);
    const draw = requireRandom('StochasticDepth', random);
    const shape = x.shape.map((size, axis) => (axis === 0 ? size : 1));
    return tf.tidy(() => tf.mul(x, keepMask(shape, this.rate, draw)));
  }
}

/** 0 where dropped, 1 / (1 − rate) where kept. */
function keepMask(shape: number[], rate: number, random: Random): tf.Tensor {
  const mask = new Float32Array(tf.util.sizeFromShape(shape));
  const kept = rate < 1 ? 1 / (1 - rate) : 0;
  for (let i = 0; i < mask.length; i++) mask[i] = random() < rate ? 0 : kept;
  return tf.tensor(mask, shape);
}

function requireRate(layer: string, rate: number): void {
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`${layer}: rate must be in [0, 1], got ${rate}.`);
}

function requireRandom(layer: string, random: Random | undefined): Random {
  if (random) return random;
  throw new TypeError(
    `${layer}: training needs a source of randomness, got none. ` +
      "Call the model with { training: true, random: seededRandom(seed, 'dropout', step) }.",
  );
}
