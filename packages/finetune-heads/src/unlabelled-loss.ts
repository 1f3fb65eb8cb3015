import * as tf from '@tensorflow/tfjs-core';

/**
 * Cross-entropy of the model's own confident guesses: what it makes of a weakly changed example is the label
 * of a strongly changed one, where it is sure enough. Add it to the supervised loss, from the point where
 * the model is better than a guess.
 *
 * @param logits - of the strongly changed examples, [exampleCount, classCount]
 * @param guesses - logits of the same examples weakly changed; no gradient goes there
 * @param options.threshold - smallest probability that counts as sure, in (0, 1). Default 0.95
 * @returns scalar: the sum over sure examples divided by all, 0 if none is sure; the caller disposes it
 * @see Lee 2013 (pseudo-labels); Sohn et al. 2020, FixMatch, arXiv 2001.07685
 */
export function pseudoLabelLoss(
  logits: tf.Tensor,
  guesses: tf.Tensor,
  options: { threshold?: number } = {},
): tf.Scalar {
  const { threshold = 0.95 } = options;
  if (!(threshold > 0 && threshold < 1)) {
    throw new RangeError(`pseudoLabelLoss: threshold must be in (0, 1), got ${threshold}.`);
  }
  checkAlike('pseudoLabelLoss', logits, guesses);
  return tf.tidy(() => {
    const shares = tf.softmax(withoutGradient(guesses));
    const sure = tf.cast(tf.greaterEqual(tf.max(shares, -1), threshold), 'float32');
    const target = tf.cast(tf.oneHot(tf.argMax(shares, -1) as tf.Tensor1D, logits.shape[1] ?? 0), 'float32');
    const losses = tf.neg(tf.sum(tf.mul(target, tf.logSoftmax(logits)), -1));
    return tf.mean(tf.mul(losses, sure)) as tf.Scalar;
  });
}

/**
 * Mean squared difference of class probabilities: the same example, changed twice, must be judged alike.
 *
 * @param logits - [exampleCount, classCount]
 * @param others - logits of the same examples under another change, or of an averaged model; no gradient goes there
 * @returns scalar; the caller disposes it
 * @see Laine & Aila 2016, arXiv 1610.02242; Tarvainen & Valpola 2017, arXiv 1703.01780
 */
export function consistencyLoss(logits: tf.Tensor, others: tf.Tensor): tf.Scalar {
  checkAlike('consistencyLoss', logits, others);
  return tf.tidy(
    () => tf.mean(tf.square(tf.sub(tf.softmax(logits), tf.softmax(withoutGradient(others))))) as tf.Scalar,
  );
}

function checkAlike(name: string, left: tf.Tensor, right: tf.Tensor): void {
  if (left.rank === 2 && String(left.shape) === String(right.shape)) return;
  throw new RangeError(
    `${name}: both logits must be [exampleCount, classCount], got [${left.shape}] and [${right.shape}].`,
  );
}

/** Without this, tfjs would ask comparisons and argMax for gradients they do not have. */
function withoutGradient(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((value) => ({
    value: tf.clone(value as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }))(x);
}
