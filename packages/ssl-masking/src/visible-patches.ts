import * as tf from '@tensorflow/tfjs-core';
import { patchGrid } from './mask-patches.js';

/**
 * Cuts images into patches, row by row; each keeps its pixels row by row, channels last.
 *
 * @param images - [batchSize, height, width, channels]
 * @returns [batchSize, patchCount, patchSize · patchSize · channels]; the caller disposes it
 * @throws RangeError unless the patch divides both sides
 */
export function toPatches(images: tf.Tensor4D, patchSize: number): tf.Tensor3D {
  const [batchSize, height, width, channels] = images.shape;
  const [down, across] = patchGrid('toPatches', height, width, patchSize);
  return tf.tidy(() => {
    const split = tf.reshape(images, [batchSize * down, patchSize, across, patchSize * channels]);
    const patches = tf.transpose(split, [0, 2, 1, 3]); // [batch · down, across, patchSize, patchSize · channels]
    return tf.reshape(patches, [batchSize, down * across, patchSize * patchSize * channels]);
  });
}

/** The inverse of {@link toPatches}. @returns [batchSize, height, width, channels]; the caller disposes it */
export function fromPatches(
  patches: tf.Tensor3D,
  shape: readonly [number, number, number, number],
): tf.Tensor4D {
  const [batchSize, height, width, channels] = shape;
  const patchSize = Math.round(Math.sqrt((patches.shape[2] ?? 0) / channels));
  const [down, across] = patchGrid('fromPatches', height, width, patchSize);
  return tf.tidy(() => {
    const split = tf.reshape(patches, [batchSize * down, across, patchSize, patchSize * channels]);
    return tf.reshape(tf.transpose(split, [0, 2, 1, 3]), [batchSize, height, width, channels]);
  });
}

/**
 * The visible patches (or tokens) of each example: what an encoder of masked autoencoders sees. With a ratio
 * of 0.75 it works on a quarter of the sequence. Add positions before, so that each keeps its own.
 *
 * @param patches - [batchSize, patchCount, size]; gradients reach it
 * @param visible - int32 [batchSize, visibleCount] from `maskPatches`
 * @returns [batchSize, visibleCount, size]; the caller disposes it
 * @see He et al. 2021, arXiv 2111.06377 §3 (encoder)
 */
export function gatherPatches(patches: tf.Tensor3D, visible: tf.Tensor2D): tf.Tensor3D {
  const [batchSize, patchCount, size] = patches.shape;
  const visibleCount = visible.shape[1];
  return tf.tidy(() => {
    const offsets = tf.mul(tf.range(0, batchSize, 1, 'int32'), tf.scalar(patchCount, 'int32'));
    const rows = tf.reshape(tf.add(visible, tf.reshape(offsets, [batchSize, 1])), [-1]);
    const flat = tf.reshape(patches, [batchSize * patchCount, size]);
    return tf.reshape(tf.gather(flat, tf.cast(rows, 'int32') as tf.Tensor1D), [
      batchSize,
      visibleCount,
      size,
    ]);
  });
}

/**
 * Puts what the encoder made of the visible patches back to their places, and a learned token everywhere
 * else: what the decoder sees.
 *
 * @param encoded - [batchSize, visibleCount, size]; gradients reach it and the token
 * @param visible - int32 [batchSize, visibleCount]
 * @param maskToken - [size]
 * @returns [batchSize, patchCount, size]; the caller disposes it
 */
export function restorePatches(
  encoded: tf.Tensor3D,
  visible: tf.Tensor2D,
  maskToken: tf.Tensor,
  patchCount: number,
): tf.Tensor3D {
  const size = encoded.shape[2];
  return tf.tidy(() => {
    // a matrix of zeros and ones moves each row to its place: matMul has gradients on every backend
    const places = tf.cast(tf.oneHot(visible, patchCount), 'float32') as tf.Tensor3D; // [batch, visible, patches]
    const placed = tf.matMul(places, encoded, true, false); // [batch, patches, size]
    const filled = tf.expandDims(tf.sum(places, 1), -1); // [batch, patches, 1]
    return tf.add(placed, tf.mul(tf.sub(1, filled), tf.reshape(maskToken, [1, 1, size]))) as tf.Tensor3D;
  });
}
