import * as tf from '@tensorflow/tfjs-core';
import { constantFill } from './init.js';
import { type AnyModule, type CallOptions, Module } from './module.js';
import { Parameter } from './parameter.js';
import { requireSize } from './size.js';

export interface BatchNormOptions {
  /** added to the variance. Default 1e-5. */
  epsilon?: number;
  /** share of the new batch in the running statistics, as PyTorch counts it. Default 0.1. */
  momentum?: number;
}

/**
 * Normalises each channel: by the batch while training, by running statistics otherwise.
 *
 * Serves as BatchNorm1d and BatchNorm2d: channels are the last axis. The running variance is the unbiased
 * one. A frozen layer uses its running statistics and leaves them alone, whatever the call says.
 *
 * @see Ioffe and Szegedy 2015, arXiv 1502.03167; torch.nn.BatchNorm2d
 */
export class BatchNorm extends Module {
  readonly channels: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly running_mean: Parameter;
  readonly running_var: Parameter;
  readonly num_batches_tracked: Parameter;
  #frozen = false;

  constructor(channels: number, { epsilon = 1e-5, momentum = 0.1 }: BatchNormOptions = {}) {
    super();
    requireSize('BatchNorm', 'channels', channels);
    this.channels = channels;
    this.epsilon = epsilon;
    this.momentum = momentum;
    const shape = [channels];
    this.weight = new Parameter({ shape, fill: constantFill(1) });
    this.bias = new Parameter({ shape });
    this.running_mean = new Parameter({ shape, kind: 'buffer' });
    this.running_var = new Parameter({ shape, kind: 'buffer', fill: constantFill(1) });
    this.num_batches_tracked = new Parameter({ shape: [], kind: 'buffer', dtype: 'int64' });
  }

  /** Whether the running statistics are fixed. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /** Fixes the running statistics, or lets them move again. */
  freeze(frozen = true): this {
    this.#frozen = frozen;
    return this;
  }

  /**
   * @param x - [batch, channels] or [batch, ..., channels]
   * @throws RangeError for other channels, or when training on one value a channel
   */
  override call(x: tf.Tensor, { training = false }: CallOptions = {}): tf.Tensor {
    if (x.shape.length < 2 || x.shape.at(-1) !== this.channels) {
      throw new RangeError(`BatchNorm: the input must be [batch, ..., ${this.channels}], got [${x.shape}].`);
    }
    return training && !this.#frozen ? this.#normaliseByBatch(x) : this.#normaliseByHistory(x);
  }

  #normaliseByHistory(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const deviation = tf.rsqrt(tf.add(this.running_var.variable, this.epsilon));
      const scale = tf.mul(this.weight.variable, deviation);
      const shift = tf.sub(this.bias.variable, tf.mul(this.running_mean.variable, scale));
      return tf.add(tf.mul(x, scale), shift);
    });
  }

  #normaliseByBatch(x: tf.Tensor): tf.Tensor {
    const count = x.size / this.channels;
    if (count < 2) {
      throw new RangeError(
        `BatchNorm: training needs more than 1 value per channel, got an input of [${x.shape}]. ` +
          'Use larger batches, or freeze the layer.',
      );
    }
    return tf.tidy(() => {
      const rows = tf.reshape(x, [-1, this.channels]);
      const normalised = this.#standardise(rows, count);
      const y = tf.add(tf.mul(normalised, this.weight.variable), this.bias.variable);
      return tf.reshape(y, x.shape);
    });
  }

  /** (x − mean) / deviation, with the three-term gradient instead of a tape through the moments. */
  #standardise(rows: tf.Tensor, count: number): tf.Tensor {
    const apply = tf.customGrad((value, save) => {
      const input = value as tf.Tensor;
      const mean = tf.mean(input, 0);
      const centred = tf.sub(input, mean);
      const variance = tf.mean(tf.square(centred), 0);
      const inverse = tf.rsqrt(tf.add(variance, this.epsilon));
      const normalised = tf.mul(centred, inverse);
      this.#track(mean, tf.mul(variance, count / (count - 1)));
      (save as tf.GradSaveFunc)([normalised, inverse]);
      return {
        value: normalised,
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
          const [kept, scale] = saved as [tf.Tensor, tf.Tensor];
          const along = tf.mul(kept, tf.mean(tf.mul(dy, kept), 0));
          return tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, 0)), along), scale);
        },
      };
    });
    return apply(rows);
  }

  #track(mean: tf.Tensor, variance: tf.Tensor): void {
    const move = (running: tf.Variable, now: tf.Tensor) =>
      running.assign(tf.add(tf.mul(running, 1 - this.momentum), tf.mul(now, this.momentum)));
    move(this.running_mean.variable, mean);
    move(this.running_var.variable, variance);
    const batches = this.num_batches_tracked.variable;
    batches.assign(tf.add(batches, tf.scalar(1, 'int32')));
  }
}

/**
 * Fixes the running statistics of every batch norm in a model, or lets them move again.
 *
 * @param options.under - only modules at this path or below it, e.g. 'layer1'
 * @returns the paths of the layers it found
 */
export function freezeBatchNorm(
  model: AnyModule,
  { frozen = true, under = '' }: { frozen?: boolean; under?: string } = {},
): string[] {
  const found: string[] = [];
  for (const [path, module] of model.namedModules()) {
    const below = under === '' || path === under || path.startsWith(`${under}.`);
    if (!(module instanceof BatchNorm) || !below) continue;
    module.freeze(frozen);
    found.push(path);
  }
  return found;
}
