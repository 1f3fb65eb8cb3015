import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import { normalFill } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/**
 * x W + b with W of [inFeatures, outFeatures]: a linear layer stored the other way round, as GPT-2 does.
 *
 * Drawn normal with deviation 0.02.
 *
 * @see Conv1D in GPT-2's published code
 */
export class Gpt2Conv1D extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(inFeatures: number, outFeatures: number, options: { random: Random; deviation?: number }) {
    super();
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter({
      shape: [inFeatures, outFeatures],
      fill: normalFill(0, options.deviation ?? 0.02, options.random),
    });
    this.bias = new Parameter({ shape: [outFeatures] });
  }

  /** @param x - [..., inFeatures] */
  override call(x: tf.Tensor): tf.Tensor {
    if (x.shape.at(-1) !== this.inFeatures) {
      throw new RangeError(`Gpt2Conv1D: the last axis must be ${this.inFeatures} long, got [${x.shape}].`);
    }
    return tf.tidy(() => {
      const rows = tf.reshape(x, [-1, this.inFeatures]);
      const y = tf.add(tf.matMul(rows, this.weight.variable), this.bias.variable);
      return tf.reshape(y, [...x.shape.slice(0, -1), this.outFeatures]);
    });
  }
}
