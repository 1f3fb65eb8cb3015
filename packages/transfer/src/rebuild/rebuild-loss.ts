import * as tf from '@tensorflow/tfjs-core';
import { type ColumnBlock, columnLoss, maskedLoss } from '@warmstart/ssl-masking';

/**
 * The loss of rebuilding hidden values, each block of features by its own kind: numbers by squared error, a category by
 * its cross-entropy.
 *
 * @param predicted - [rowCount, width], logits where a block is a category
 * @param mask - bool [rowCount, width]; a category is hidden as a whole
 * @returns scalar; the caller disposes it
 */
export function rebuildLoss(
  predicted: tf.Tensor,
  target: tf.Tensor2D,
  mask: tf.Tensor2D,
  blocks: readonly ColumnBlock[],
): tf.Scalar {
  const [first] = blocks;
  if (first?.kind === 'numeric' && blocks.length === 1) return maskedLoss(predicted, target, mask);
  const size = first?.size ?? 1;
  const alike = blocks.every((block) => block.kind === 'category' && block.size === size);
  if (!alike) return columnLoss(predicted as tf.Tensor2D, target, mask, blocks); // [rowCount, width], as the target
  return tf.tidy(() => {
    const [rowCount, width] = target.shape;
    const grouped = [rowCount, width / size, size];
    const hidden = tf.slice(tf.reshape(mask, grouped), [0, 0, 0], [-1, -1, 1]);
    return maskedLoss(tf.reshape(predicted, grouped), tf.reshape(target, grouped), tf.squeeze(hidden, [2]), {
      kind: 'cross-entropy',
    });
  });
}
