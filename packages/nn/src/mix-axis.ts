import * as tf from '@tensorflow/tfjs-core';

/**
 * Replaces an axis by fixed weighted sums of its entries: y[…, i, …] = Σⱼ matrix[i][j] · x[…, j, …].
 *
 * One matrix product, so it runs and differentiates on every backend: resizing, adaptive pooling.
 *
 * @param matrix - [outputs][inputs], inputs = the axis' length
 */
export function mixAxis(x: tf.Tensor, axis: number, matrix: readonly (readonly number[])[]): tf.Tensor {
  return tf.tidy(() => {
    const last = x.shape.length - 1;
    const order = x.shape.map((_, i) => i).filter((i) => i !== axis);
    order.push(axis);
    const moved = axis === last ? x : tf.transpose(x, order);
    const rows = tf.reshape(moved, [-1, x.shape[axis] as number]) as tf.Tensor2D;
    const weights = tf.tensor2d(matrix as number[][]);
    const mixed = tf.matMul(rows, weights, false, true);
    const folded = tf.reshape(mixed, [...moved.shape.slice(0, -1), matrix.length]);
    if (axis === last) return folded;
    const back = order.map((_, i) => (i < axis ? i : i === axis ? last : i - 1));
    return tf.transpose(folded, back);
  });
}
