import * as tf from '@tensorflow/tfjs-core';
import { maskedLoss } from './masked-loss.js';

/** Columns of one kind, in the model's output and in the target alike. */
export interface ColumnBlock {
  /** 'numeric' columns are values; 'binary' ones 0 or 1 with logits; a 'category' is one-hot with logits. */
  kind: 'numeric' | 'binary' | 'category';
  /** First column. */
  start: number;
  /** Columns: for a category its classes. */
  size: number;
  /** For numeric columns: 1 / training variance, see `columnScale`; 0 leaves a column out. */
  weights?: ArrayLike<number>;
}

/**
 * A masked loss for tables of mixed columns: each block by its own kind, each hidden value counting once, a
 * category as one value however many columns its code has.
 *
 * @param predicted - [rows, columns]
 * @param target - [rows, columns]
 * @param mask - bool [rows, columns]; a category is hidden as a whole, see `groups` of `sampleMask`
 * @returns scalar; the caller disposes it
 * @throws RangeError for another kind, or if blocks overlap or do not cover the columns in order
 */
export function columnLoss(
  predicted: tf.Tensor2D,
  target: tf.Tensor2D,
  mask: tf.Tensor2D,
  blocks: readonly ColumnBlock[],
): tf.Scalar {
  checkBlocks(blocks, predicted.shape[1]);
  const [rows] = predicted.shape;
  return tf.tidy(() => {
    const parts = blocks.map(({ kind, start, size, weights }) => {
      const columns = (x: tf.Tensor2D) => tf.slice2d(x, [0, start], [rows, size]);
      const category = kind === 'category';
      const asked = category ? tf.squeeze(tf.slice2d(mask, [0, start], [rows, 1]), [1]) : columns(mask);
      const loss = maskedLoss(columns(predicted), columns(target), asked, {
        kind: category ? 'cross-entropy' : kind === 'binary' ? 'binary-cross-entropy' : 'squared-error',
        ...(weights ? { weights: tf.tensor1d(Float32Array.from(weights)) } : {}),
      });
      const count = tf.sum(tf.cast(asked, 'float32'));
      return { sum: tf.mul(loss, count), count };
    });
    const count = tf.maximum(tf.addN(parts.map((part) => part.count)), 1);
    return tf.div(tf.addN(parts.map((part) => part.sum)), count) as tf.Scalar;
  });
}

function checkBlocks(blocks: readonly ColumnBlock[], columns: number): void {
  let next = 0;
  for (const { kind, start, size, weights } of blocks) {
    if (!['numeric', 'binary', 'category'].includes(kind)) {
      throw new RangeError(`columnLoss: kind must be numeric, binary or category, got "${kind}".`);
    }
    if (start !== next || !(size >= 1) || (weights && weights.length !== size)) {
      throw new RangeError(
        `columnLoss: blocks must follow each other, each with one weight a column, got start ${start}, size ${size} ` +
          `${weights ? `and ${weights.length} weights ` : ''}where column ${next} comes next.`,
      );
    }
    next += size;
  }
  if (next !== columns) {
    throw new RangeError(`columnLoss: blocks must cover all ${columns} columns, got ${next}.`);
  }
}
