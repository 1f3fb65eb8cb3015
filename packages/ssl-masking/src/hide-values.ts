import * as tf from '@tensorflow/tfjs-core';

/**
 * Values with the masked ones replaced, whatever they were: NaN too.
 *
 * A replacement must not be a legal value: after standardising, 0 is each column's mean and works; in a
 * one-hot code of all categories, a group of zeros is no category.
 *
 * @param x - any shape
 * @param mask - bool, shaped like `x` or broadcasting to it, true where hidden
 * @param replacement - a number, or a tensor that broadcasts to `x`: column means, a learned token, donor
 *   values of other rows. Gradients reach it. Default 0
 * @returns shaped like `x`; the caller disposes it
 */
export function hideValues<T extends tf.Tensor>(
  x: T,
  mask: tf.Tensor,
  replacement: number | tf.Tensor = 0,
): T {
  if (mask.dtype !== 'bool') throw new TypeError(`hideValues: mask must be bool, got ${mask.dtype}.`);
  if (typeof replacement !== 'number' && !(replacement instanceof tf.Tensor)) {
    throw new TypeError(`hideValues: replacement must be a number or a tensor, got ${typeof replacement}.`);
  }
  // where keeps the shape of x: mask and replacement broadcast to it
  return tf.tidy(() => tf.where(mask, tf.cast(replacement, x.dtype), x)) as T;
}
