import * as tf from '@tensorflow/tfjs-core';
import { BatchNorm, type CallOptions, Conv2d, Module, type Pair } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';

/** Convolution, batch norm, ReLU: the brick of the Inception networks ("BasicConv2d"). */
export class ConvNormRelu extends Module {
  readonly conv: Conv2d;
  readonly bn: BatchNorm;

  constructor(
    [inChannels, outChannels]: readonly [number, number],
    options: { random: Random; window: Pair; stride?: Pair; padding?: Pair },
  ) {
    super();
    this.conv = new Conv2d(inChannels, outChannels, { ...options, bias: false });
    this.bn = new BatchNorm(outChannels, { epsilon: 1e-3 });
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => tf.relu(this.bn.call(this.conv.call(x), options)));
  }
}
