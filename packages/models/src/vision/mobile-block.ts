import * as tf from '@tensorflow/tfjs-core';
import {
  activation,
  BatchNorm,
  type CallOptions,
  Conv2d,
  type ConvPadding,
  Module,
  Sequential,
  StochasticDepth,
} from '@warmstart/nn';
import type { EfficientNetSettings, EfficientNetStage } from './efficientnet-settings.js';

/** Convolution, batch norm and, unless told otherwise, the activation: torchvision's children 0 and 1. */
export class ConvNorm extends Sequential {
  readonly #activation: ((x: tf.Tensor) => tf.Tensor) | undefined;

  constructor(
    [inChannels, outChannels]: readonly [number, number],
    options: {
      window?: number;
      stride?: number;
      groups?: number;
      active?: boolean;
      settings: EfficientNetSettings;
    },
  ) {
    const { window = 1, stride = 1, groups = 1, active = true, settings } = options;
    const padding: ConvPadding = settings.convention === 'tensorflow' ? 'tf-same' : (window - 1) / 2;
    const { random, epsilon, momentum } = settings;
    super([
      new Conv2d(inChannels, outChannels, { window, stride, groups, padding, bias: false, random }),
      new BatchNorm(outChannels, { epsilon, momentum }),
    ]);
    this.#activation = active ? activation(settings.activation) : undefined;
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const y = super.call(x, options);
      return this.#activation ? this.#activation(y) : y;
    });
  }
}

/** Weighs channels by what all of the map says. @see Hu et al. 2017, arXiv 1709.01507 */
class SqueezeExcitation extends Module {
  readonly fc1: Conv2d;
  readonly fc2: Conv2d;
  readonly #activation: (x: tf.Tensor) => tf.Tensor;

  constructor(channels: number, squeezed: number, settings: EfficientNetSettings) {
    super();
    const { random } = settings;
    this.fc1 = new Conv2d(channels, squeezed, { window: 1, random });
    this.fc2 = new Conv2d(squeezed, channels, { window: 1, random });
    this.#activation = activation(settings.activation);
  }

  override call(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const summary = tf.mean(x, [1, 2], true);
      const weights = tf.sigmoid(this.fc2.call(this.#activation(this.fc1.call(summary))));
      return tf.mul(x, weights);
    });
  }
}

/** Expand, look, weigh, narrow; added to the input where the shapes agree. */
export class MobileBlock extends Module {
  readonly block: Sequential;
  readonly #drop: StochasticDepth | undefined;

  constructor(
    [expand, window, stride, inChannels, outChannels]: EfficientNetStage,
    at: number,
    settings: EfficientNetSettings,
  ) {
    super();
    const wide = roundChannels(inChannels * expand);
    const layers: Module[] = [];
    if (wide !== inChannels) layers.push(new ConvNorm([inChannels, wide], { settings }));
    layers.push(new ConvNorm([wide, wide], { window, stride, groups: wide, settings }));
    if (settings.squeezeExcitation) {
      layers.push(new SqueezeExcitation(wide, Math.max(1, Math.floor(inChannels / 4)), settings));
    }
    layers.push(new ConvNorm([wide, outChannels], { active: false, settings }));
    this.block = new Sequential(layers);
    const adds = stride === 1 && inChannels === outChannels;
    this.#drop = adds ? new StochasticDepth(at * settings.stochasticDepth) : undefined;
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const y = this.block.call(x, options);
      return this.#drop ? tf.add(this.#drop.call(y, options), x) : y;
    });
  }
}

/** The nearest multiple of 8, never less than nine tenths. */
export function roundChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}
