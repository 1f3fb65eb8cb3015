import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import { convolve } from './conv2d.js';
import { uniformFill } from './init.js';
import { Module } from './module.js';
import type { PaddingMode } from './padding.js';
import { Parameter } from './parameter.js';
import { requireChannels, requireSize } from './size.js';

export interface Conv1dOptions {
  random: Random;
  /** length of the window */
  window: number;
  stride?: number;
  padding?: number;
  paddingMode?: PaddingMode;
  dilation?: number;
  groups?: number;
  /** whether to add a bias. Default true. */
  bias?: boolean;
}

/**
 * 1-D convolution over sequences, channels last.
 *
 * The weight is PyTorch's [outChannels, inChannels / groups, window].
 *
 * @see torch.nn.Conv1d, which takes [batch, channels, length]
 */
export class Conv1d extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  readonly #options: Required<Omit<Conv1dOptions, 'random' | 'window' | 'bias'>>;

  constructor(inChannels: number, outChannels: number, options: Conv1dOptions) {
    super();
    const { random, window, bias = true, ...rest } = options;
    this.#options = { stride: 1, padding: 0, paddingMode: 'zeros', dilation: 1, groups: 1, ...rest };
    const { groups } = this.#options;
    for (const [name, size] of Object.entries({ inChannels, outChannels, window, groups })) {
      requireSize('Conv1d', name, size);
    }
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(
        `Conv1d: groups must divide inChannels and outChannels, got ${groups} for ${inChannels} and ${outChannels}.`,
      );
    }
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    const bound = 1 / Math.sqrt((inChannels / groups) * window);
    const depthwise = groups === inChannels && groups > 1;
    this.weight = new Parameter({
      shape: [outChannels, inChannels / groups, window],
      layout: depthwise ? [2, 0, 1] : [2, 1, 0],
      fill: uniformFill(-bound, bound, random),
    });
    this.bias = bias
      ? new Parameter({ shape: [outChannels], fill: uniformFill(-bound, bound, random) })
      : undefined;
  }

  /**
   * @param x - [batch, length, inChannels]
   * @returns [batch, length, outChannels]
   */
  override call(x: tf.Tensor): tf.Tensor {
    requireChannels('Conv1d', x, 3, this.inChannels);
    const { stride, padding, dilation, paddingMode, groups } = this.#options;
    return tf.tidy(() => {
      const y = convolve(tf.expandDims(x, 1), tf.expandDims(this.weight.variable, 0), {
        stride: groups > 1 ? stride : [1, stride],
        padding: [0, padding],
        dilation: [1, dilation],
        paddingMode,
        groups,
      });
      const rows = tf.squeeze(y, [1]);
      return this.bias ? tf.add(rows, this.bias.variable) : rows;
    });
  }
}
