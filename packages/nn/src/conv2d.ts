import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import { uniformFill } from './init.js';
import { Module } from './module.js';
import { type Margin, type PaddingMode, pad2d } from './padding.js';
import { Parameter } from './parameter.js';
import { type Pair, pair, requireChannels, requirePair, requireSize } from './size.js';

/**
 * Margin on every side; 'same' keeps the size at stride 1, like PyTorch's; 'tf-same' gives ⌈size / stride⌉ and
 * puts the odd pixel last, like TensorFlow's.
 */
export type ConvPadding = Pair | 'same' | 'tf-same';

export interface ConvolutionOptions {
  stride?: Pair;
  padding?: ConvPadding;
  paddingMode?: PaddingMode;
  dilation?: Pair;
  /** inputs and outputs are split into this many groups that do not see each other */
  groups?: number;
}

export interface Conv2dOptions extends ConvolutionOptions {
  random: Random;
  /** height and width of the window */
  window: Pair;
  /** whether to add a bias. Default true. */
  bias?: boolean;
}

/**
 * 2-D convolution (cross-correlation, as everywhere in deep learning).
 *
 * The weight is PyTorch's [outChannels, inChannels / groups, height, width], run as HWIO; drawn uniform in
 * ±1/√fanIn, bias too. Works for any groups and dilation on every backend, gradients included.
 *
 * @see torch.nn.Conv2d
 */
export class Conv2d extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly options: Readonly<Required<ConvolutionOptions>>;
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;

  /** @throws RangeError or TypeError for sizes that are none, as for a window left out */
  constructor(inChannels: number, outChannels: number, options: Conv2dOptions) {
    super();
    const { random, window, bias = true, ...rest } = options;
    const [height, width] = requirePair('Conv2d', 'window', window);
    this.options = { stride: 1, padding: 0, paddingMode: 'zeros', dilation: 1, groups: 1, ...rest };
    const { groups, padding } = this.options;
    if (padding !== 'same' && padding !== 'tf-same')
      requirePair('Conv2d', 'padding', padding, "'same', 'tf-same', ");
    for (const [name, size] of Object.entries({ inChannels, outChannels, height, width, groups })) {
      requireSize('Conv2d', name, size);
    }
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(
        `Conv2d: groups must divide inChannels and outChannels, got ${groups} for ${inChannels} and ${outChannels}.`,
      );
    }
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    const shape = [outChannels, inChannels / groups, height, width];
    const bound = 1 / Math.sqrt((inChannels / groups) * height * width);
    const layout = isDepthwise(inChannels, groups) ? [2, 3, 0, 1] : [2, 3, 1, 0];
    this.weight = new Parameter({ shape, layout, fill: uniformFill(-bound, bound, random) });
    this.bias = bias
      ? new Parameter({ shape: [outChannels], fill: uniformFill(-bound, bound, random) })
      : undefined;
  }

  /**
   * @param x - [batch, height, width, inChannels]
   * @returns [batch, height, width, outChannels]
   * @throws RangeError if x has other channels, or is smaller than the window
   */
  override call(x: tf.Tensor): tf.Tensor {
    requireChannels('Conv2d', x, 4, this.inChannels);
    return tf.tidy(() => {
      const y = convolve(x, this.weight.variable, this.options);
      return this.bias ? tf.add(y, this.bias.variable) : y;
    });
  }
}

function isDepthwise(inChannels: number, groups: number): boolean {
  return groups === inChannels && groups > 1;
}

/**
 * A convolution without bias.
 *
 * @param x - [batch, height, width, inChannels]
 * @param filter - HWIO with I = inChannels / groups; for groups = inChannels, [height, width, outChannels, 1]
 */
export function convolve(x: tf.Tensor, filter: tf.Tensor, options: Required<ConvolutionOptions>): tf.Tensor {
  const { padding, paddingMode, groups } = options;
  const [strideY, strideX] = pair(options.stride);
  const spread = dilate(filter, pair(options.dilation));
  const window = spread.shape.slice(0, 2) as [number, number];
  const size = x.shape.slice(1, 3) as [number, number];
  const margins = convolutionMargins({ size, window, stride: [strideY, strideX], padding });
  const padded = pad2d(x, margins, paddingMode) as tf.Tensor4D;
  for (const axis of [0, 1] as const) {
    if ((padded.shape[axis + 1] as number) < window[axis]) {
      throw new RangeError(
        `Conv2d: the padded input must be at least the window's ${window.join(' × ')}, ` +
          `got ${padded.shape.slice(1, 3).join(' × ')}. Is the image too small for this network?`,
      );
    }
  }
  const run = (image: tf.Tensor, kernel: tf.Tensor) =>
    tf.conv2d(image as tf.Tensor4D, kernel as tf.Tensor4D, [strideY, strideX], 'valid');
  if (groups === 1) return run(padded, spread);
  const inChannels = x.shape[3] as number;
  if (isDepthwise(inChannels, groups)) {
    const kernel = tf.reshape(spread, [...window, inChannels, -1]) as tf.Tensor4D;
    // Kernels of several backends take one stride for both axes.
    if (strideY === strideX) return tf.depthwiseConv2d(padded, kernel, strideY, 'valid');
  }
  const kernels = isDepthwise(inChannels, groups)
    ? tf.split(tf.transpose(spread, [0, 1, 3, 2]), groups, 3)
    : tf.split(spread, groups, 3);
  const images = tf.split(padded, groups, 3);
  return tf.concat(
    images.map((image, group) => run(image, kernels[group] as tf.Tensor)),
    3,
  );
}

/** Zeros between the filter's values: tfjs has no gradient for dilated convolutions. */
function dilate(filter: tf.Tensor, [rateY, rateX]: [number, number]): tf.Tensor {
  if (rateY === 1 && rateX === 1) return filter;
  const [height, width, ins, outs] = filter.shape as [number, number, number, number];
  const tall = spreadAxis(tf.reshape(filter, [1, height, width * ins * outs]), rateY);
  const tallHeight = tall.shape[1] as number;
  const wide = spreadAxis(tf.reshape(tall, [tallHeight, width, ins * outs]), rateX);
  return tf.reshape(wide, [tallHeight, -1, ins, outs]);
}

/** [a, n, b] to [a, (n − 1) · rate + 1, b]. */
function spreadAxis(x: tf.Tensor, rate: number): tf.Tensor {
  if (rate === 1) return x;
  const [a, n, b] = x.shape as [number, number, number];
  const apart = tf.pad(tf.reshape(x, [a, n, 1, b]), [
    [0, 0],
    [0, 0],
    [0, rate - 1],
    [0, 0],
  ]);
  return tf.slice(tf.reshape(apart, [a, n * rate, b]), [0, 0, 0], [a, (n - 1) * rate + 1, b]);
}

function convolutionMargins(sizes: {
  size: [number, number];
  window: [number, number];
  stride: [number, number];
  padding: ConvPadding;
}): [Margin, Margin] {
  const { size, window, stride, padding } = sizes;
  const margin = (axis: 0 | 1): Margin => {
    if (padding === 'same') {
      if (stride[axis] !== 1) throw new RangeError("Conv2d: padding 'same' needs stride 1, like PyTorch's.");
      const total = window[axis] - 1;
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    }
    if (padding === 'tf-same') {
      const outputs = Math.ceil(size[axis] / stride[axis]);
      const total = Math.max((outputs - 1) * stride[axis] + window[axis] - size[axis], 0);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    }
    return [pair(padding)[axis], pair(padding)[axis]];
  };
  return [margin(0), margin(1)];
}
