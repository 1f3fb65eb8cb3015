import * as tf from '@tensorflow/tfjs-core';

/** How a rebuilt value is compared with the true one. */
export type MaskedLossKind = 'squared-error' | 'absolute-error' | 'binary-cross-entropy' | 'cross-entropy';

/** What {@link maskedLoss} takes besides tensors. */
export interface MaskedLossOptions {
  /** Default 'squared-error'. */
  kind?: MaskedLossKind;
  /** Multiplies each value's error; broadcasts to the mask. E.g. 1 ÷ the training variance of a column. */
  weights?: tf.Tensor;
}

/**
 * Mean error over the hidden values only.
 *
 * What is not hidden cannot matter: change it, make it NaN, and neither the loss nor its gradient changes.
 * Where nothing is hidden the loss is 0.
 *
 * | kind | predicted | target |
 * |---|---|---|
 * | squared-error, absolute-error | values | values |
 * | binary-cross-entropy | logits | in [0, 1] |
 * | cross-entropy | logits [..., classCount] | class indices [...] (int32), or shares [..., classCount] |
 *
 * @param mask - bool, shaped like the target; for cross-entropy [...], without the classes
 * @returns scalar; the caller disposes it
 * @throws RangeError if shapes do not fit, TypeError if the mask is not bool
 * @see He et al. 2021, arXiv 2111.06377 §3 (loss on masked values only)
 */
export function maskedLoss(
  predicted: tf.Tensor,
  target: tf.Tensor,
  mask: tf.Tensor,
  options: MaskedLossOptions = {},
): tf.Scalar {
  const { kind = 'squared-error', weights } = options;
  checkKind(kind, options);
  if (mask.dtype !== 'bool') throw new TypeError(`maskedLoss: mask must be bool, got ${mask.dtype}.`);
  checkShapes(kind, predicted, target, mask);
  return tf.tidy(() => {
    const errors = hiddenErrors(kind, predicted, target, mask);
    const weighted = weights ? tf.mul(errors, weights) : errors;
    // where nothing is hidden the sum is 0, and 0 / 1 is no NaN
    return tf.div(tf.sum(weighted), tf.maximum(tf.sum(tf.cast(mask, 'float32')), 1)) as tf.Scalar;
  });
}

/** One error a hidden value, 0 elsewhere, shaped like the mask. */
function hiddenErrors(
  kind: MaskedLossKind,
  predicted: tf.Tensor,
  target: tf.Tensor,
  mask: tf.Tensor,
): tf.Tensor {
  switch (kind) {
    case 'squared-error':
      return tf.square(hiddenDifference(predicted, target, mask));
    case 'absolute-error':
      return tf.abs(hiddenDifference(predicted, target, mask));
    case 'binary-cross-entropy': {
      // softplus(z) − z·t; both are selected first, so that what is not hidden has a gradient of exactly 0
      const logits = tf.where(mask, predicted, tf.zerosLike(predicted));
      const shares = tf.where(mask, tf.cast(target, 'float32'), tf.zerosLike(predicted));
      const errors = tf.sub(tf.softplus(logits), tf.mul(logits, shares));
      return tf.mul(errors, tf.cast(mask, 'float32'));
    }
    case 'cross-entropy': {
      const classCount = predicted.shape.at(-1) ?? 0;
      const wide = tf.tile(tf.expandDims(mask, -1), [...mask.shape.map(() => 1), classCount]);
      const logits = tf.where(wide, predicted, tf.zerosLike(predicted));
      const shares = target.rank < predicted.rank ? oneHotWhere(mask, target, classCount) : target;
      const known = tf.where(wide, tf.cast(shares, 'float32'), tf.zerosLike(predicted));
      return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), known), -1));
    }
  }
}

/** The difference is selected, not multiplied: NaN × 0 is NaN, and sub's gradient never sees the values. */
function hiddenDifference(predicted: tf.Tensor, target: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return tf.where(mask, tf.sub(predicted, target), tf.zerosLike(predicted));
}

function oneHotWhere(mask: tf.Tensor, target: tf.Tensor, classCount: number): tf.Tensor {
  // labels such as -100 mark what is not asked for; oneHot must not see them
  const classes = tf.where(mask, target, tf.zerosLike(target));
  return tf.oneHot(tf.cast(classes, 'int32'), classCount);
}

function checkKind(kind: string, options: unknown): void {
  const kinds = ['squared-error', 'absolute-error', 'binary-cross-entropy', 'cross-entropy'];
  if (typeof options === 'object' && kinds.includes(kind)) return;
  const got = typeof options === 'object' ? `kind "${kind}"` : `"${options}" in place of options`;
  throw new RangeError(`maskedLoss: { kind } must be one of ${kinds.join(', ')}, got ${got}.`);
}

function checkShapes(kind: MaskedLossKind, predicted: tf.Tensor, target: tf.Tensor, mask: tf.Tensor): void {
  const perValue = kind === 'cross-entropy' ? predicted.shape.slice(0, -1) : predicted.shape;
  const targetFits =
    String(target.shape) === String(predicted.shape) ||
    (kind === 'cross-entropy' && String(target.shape) === String(perValue));
  if (!targetFits || String(mask.shape) !== String(perValue)) {
    throw new RangeError(
      `maskedLoss: for ${kind}, predicted, target and mask must fit together, got predicted [${predicted.shape}], ` +
        `target [${target.shape}] and mask [${mask.shape}].`,
    );
  }
}
