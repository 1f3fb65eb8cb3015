import * as tf from '@tensorflow/tfjs-core';

/**
 * From ImageNet's mean and deviation to the −1 … 1 that Google's networks were trained on.
 *
 * @param x - [batch, height, width, 3], normalised as torchvision does
 */
export function transformInput(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const scale = [0.229 / 0.5, 0.224 / 0.5, 0.225 / 0.5];
    const shift = [(0.485 - 0.5) / 0.5, (0.456 - 0.5) / 0.5, (0.406 - 0.5) / 0.5];
    return tf.add(tf.mul(x, tf.tensor1d(scale)), tf.tensor1d(shift));
  });
}
