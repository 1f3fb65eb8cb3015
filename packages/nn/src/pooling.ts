import * as tf from '@tensorflow/tfjs-core';
import { mixAxis } from './mix-axis.js';
import { Module } from './module.js';
import { type Pair, pair, requirePair } from './size.js';

export interface PoolOptions {
  window: Pair;
  /** default: the window */
  stride?: Pair;
  padding?: Pair;
  /** keep a last window that reaches past the edge. Default false. */
  ceilMode?: boolean;
}

interface AxisPlan {
  before: number;
  after: number;
  /** per output: how many inputs it covers, and how many when the margin counts */
  inside: number[];
  withMargin: number[];
}

/**
 * The largest value of each window.
 *
 * @param x - [batch, height, width, channels]
 * @see torch.nn.functional.max_pool2d
 */
export function maxPool2d(x: tf.Tensor, options: PoolOptions): tf.Tensor {
  const { plans, window, stride } = planPool('maxPool2d', x, options);
  return tf.tidy(() => tf.maxPool(padded(x, plans, -3.4e38) as tf.Tensor4D, window, stride, 'valid'));
}

/**
 * The mean of each window.
 *
 * @param x - [batch, height, width, channels]
 * @param options.countIncludePad - whether the margin counts as zeros (PyTorch's default) or not at all
 *   (TensorFlow's). Default true.
 * @see torch.nn.functional.avg_pool2d
 */
export function averagePool2d(x: tf.Tensor, options: PoolOptions & { countIncludePad?: boolean }): tf.Tensor {
  const { plans, window, stride } = planPool('averagePool2d', x, options);
  return tf.tidy(() => {
    // Always 'valid': tfjs's gradient of a padded average divides by the wrong count.
    const mean = tf.avgPool(padded(x, plans, 0) as tf.Tensor4D, window, stride, 'valid');
    const count = (options.countIncludePad ?? true) ? 'withMargin' : 'inside';
    const [rows, columns] = [plans[0][count], plans[1][count]];
    const full = window[0] * window[1];
    const factors = rows.flatMap((height) => columns.map((width) => full / (height * width)));
    if (factors.every((factor) => factor === 1)) return mean;
    return tf.mul(mean, tf.tensor4d(factors, [1, rows.length, columns.length, 1]));
  });
}

/**
 * The mean of each of outputHeight × outputWidth even regions, larger or smaller than the input.
 *
 * @param x - [batch, height, width, channels]
 * @see torch.nn.functional.adaptive_avg_pool2d
 */
export function adaptiveAveragePool2d(x: tf.Tensor, size: Pair): tf.Tensor {
  const wanted = pair(size);
  return tf.tidy(() => {
    let y = x;
    for (const axis of [0, 1] as const) {
      const inputs = x.shape[axis + 1] as number;
      if (inputs !== wanted[axis]) y = mixAxis(y, axis + 1, regionMeans(inputs, wanted[axis]));
    }
    return y === x ? tf.clone(x) : y;
  });
}

/** The mean over height and width: [batch, height, width, channels] to [batch, channels]. */
export function globalAveragePool2d(x: tf.Tensor): tf.Tensor {
  return tf.mean(x, [1, 2]);
}

/** @see maxPool2d */
export class MaxPool2d extends Module {
  readonly options: PoolOptions;
  constructor(options: PoolOptions) {
    super();
    this.options = options;
  }
  override call(x: tf.Tensor): tf.Tensor {
    return maxPool2d(x, this.options);
  }
}

/** @see averagePool2d */
export class AveragePool2d extends Module {
  readonly options: PoolOptions & { countIncludePad?: boolean };
  constructor(options: PoolOptions & { countIncludePad?: boolean }) {
    super();
    this.options = options;
  }
  override call(x: tf.Tensor): tf.Tensor {
    return averagePool2d(x, this.options);
  }
}

/** Row i averages the inputs of region i: ⌊i·n/m⌋ up to ⌈(i+1)·n/m⌉. */
function regionMeans(inputs: number, outputs: number): number[][] {
  return Array.from({ length: outputs }, (_, i) => {
    const start = Math.floor((i * inputs) / outputs);
    const end = Math.ceil(((i + 1) * inputs) / outputs);
    return Array.from({ length: inputs }, (_, j) => (j >= start && j < end ? 1 / (end - start) : 0));
  });
}

function planPool(name: string, x: tf.Tensor, options: PoolOptions) {
  if (x.shape.length !== 4) {
    throw new RangeError(`${name}: the input must be [batch, height, width, channels], got [${x.shape}].`);
  }
  const window = requirePair(name, 'window', options?.window);
  const stride = pair(options.stride ?? window);
  const padding = pair(options.padding ?? 0);
  const plan = (axis: 0 | 1) =>
    planAxis(name, {
      size: x.shape[axis + 1] as number,
      window: window[axis],
      stride: stride[axis],
      padding: padding[axis],
      ceilMode: options.ceilMode ?? false,
    });
  return { plans: [plan(0), plan(1)] as [AxisPlan, AxisPlan], window, stride };
}

function planAxis(
  name: string,
  axis: { size: number; window: number; stride: number; padding: number; ceilMode: boolean },
): AxisPlan {
  const { size, window, stride, padding, ceilMode } = axis;
  const room = size + 2 * padding - window;
  if (room < 0 || padding * 2 > window) {
    throw new RangeError(
      `${name}: the window must fit the padded input and hold twice the padding, got window ${window}, ` +
        `padding ${padding} for a side of ${size}. Is the image too small for this network?`,
    );
  }
  let outputs = (ceilMode ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
  if (ceilMode && (outputs - 1) * stride >= size + padding) outputs--; // starts beyond the input
  const reach = (outputs - 1) * stride + window;
  const starts = Array.from({ length: outputs }, (_, i) => i * stride - padding);
  return {
    before: padding,
    after: reach - size - padding,
    inside: starts.map((start) => Math.min(start + window, size) - Math.max(start, 0)),
    withMargin: starts.map((start) => Math.min(start + window, size + padding) - start),
  };
}

/** Pads by the plan; a negative margin after means the last inputs are in no window. */
function padded(x: tf.Tensor, [rows, columns]: [AxisPlan, AxisPlan], value: number): tf.Tensor {
  const margins = [rows, columns].map(
    ({ before, after }) => [before, Math.max(after, 0)] as [number, number],
  );
  if (margins.every(([before, after]) => before + after === 0)) return x;
  return tf.pad(x, [[0, 0], ...margins, [0, 0]], value);
}
