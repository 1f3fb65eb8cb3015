import * as tf from '@tensorflow/tfjs-core';
import { Module } from './module.js';

/**
 * [batch, height, width, channels] to [batch, channels · height · width], in PyTorch's order.
 *
 * The activations are turned, never the weights behind them.
 *
 * @see torch.flatten(x, 1) of an [batch, channels, height, width] tensor
 */
export class Flatten extends Module {
  override call(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const turned = x.shape.length === 4 ? tf.transpose(x, [0, 3, 1, 2]) : x;
      return tf.reshape(turned, [x.shape[0] as number, -1]);
    });
  }
}
