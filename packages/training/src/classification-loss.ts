import * as tf from '@tensorflow/tfjs-core';

/** What {@link classificationLoss} takes besides tensors. */
export interface ClassificationLossOptions {
  /** One a class, [classCount], e.g. from {@link balancedClassWeights}. Not disposed. */
  classWeights?: ArrayLike<number>;
  /** One an example, [exampleCount]. Not disposed. */
  sampleWeights?: tf.Tensor;
  /** Share of the target spread evenly over all classes, in [0, 1). Default 0; 0.1 is common. */
  labelSmoothing?: number;
}

/**
 * Mean cross-entropy of class labels, weighted by class and by example: the sum of weighted losses over the
 * sum of weights, so equal weights of any size change nothing.
 *
 * @param logits - [exampleCount, classCount]
 * @param labels - class indices, int32 [exampleCount]; check them once on the host with {@link checkClassLabels}
 * @returns scalar in nats; the caller disposes it
 * @throws RangeError if shapes do not fit, or labelSmoothing is outside [0, 1)
 * @see torch.nn.CrossEntropyLoss (without smoothing the same; with both smoothing and class weights, the
 *   weight here is the label's own throughout); Szegedy et al. 2015, arXiv 1512.00567 §7 (smoothing)
 */
export function classificationLoss(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: ClassificationLossOptions = {},
): tf.Scalar {
  const { classWeights, sampleWeights, labelSmoothing = 0 } = options;
  const [exampleCount, classCount = 0] = logits.shape;
  if (logits.rank !== 2 || String(labels.shape) !== String([exampleCount])) {
    throw new RangeError(
      `classificationLoss: logits must be [exampleCount, classCount] and labels [exampleCount], got [${logits.shape}] and [${labels.shape}].`,
    );
  }
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new RangeError(`classificationLoss: labelSmoothing must be in [0, 1), got ${labelSmoothing}.`);
  }
  if (classWeights && classWeights.length !== classCount) {
    throw new RangeError(
      `classificationLoss: classWeights must be one a class (${classCount}), got ${classWeights.length}.`,
    );
  }
  return tf.tidy(() => {
    const hot = tf.cast(tf.oneHot(tf.cast(labels, 'int32') as tf.Tensor1D, classCount), 'float32');
    const target =
      labelSmoothing === 0 ? hot : tf.add(tf.mul(hot, 1 - labelSmoothing), labelSmoothing / classCount);
    const losses = tf.neg(tf.sum(tf.mul(target, tf.logSoftmax(logits)), -1));
    const byClass = classWeights && tf.sum(tf.mul(hot, tf.tensor1d(Float32Array.from(classWeights))), -1);
    const weights = byClass && sampleWeights ? tf.mul(byClass, sampleWeights) : (byClass ?? sampleWeights);
    if (!weights) return tf.mean(losses) as tf.Scalar;
    return tf.div(tf.sum(tf.mul(losses, weights)), tf.maximum(tf.sum(weights), 1e-12)) as tf.Scalar;
  });
}

/**
 * Weights that make every class count the same: rows / (classes · rows of the class).
 *
 * @throws RangeError for labels that are no class, or a class without a row
 * @see sklearn's `class_weight="balanced"`; King & Zeng 2001
 */
export function balancedClassWeights(labels: ArrayLike<number>, classCount: number): Float32Array {
  const counts = checkClassLabels(labels, classCount, 'balancedClassWeights');
  const absent = counts.indexOf(0);
  if (absent >= 0) {
    throw new RangeError(
      `balancedClassWeights: every class must have a row, got none of class ${absent}. Leave the class out.`,
    );
  }
  return Float32Array.from(counts, (count) => labels.length / (classCount * count));
}

/**
 * Checks labels on the host once, before training: on a device a wrong label trains without a word.
 *
 * @returns rows of each class
 * @throws RangeError naming the first row whose label is not one of 0 … classCount − 1
 */
export function checkClassLabels(
  labels: ArrayLike<number>,
  classCount: number,
  name = 'checkClassLabels',
): number[] {
  if (!(Number.isInteger(classCount) && classCount >= 2)) {
    throw new RangeError(`${name}: classCount must be a whole number ≥ 2, got ${classCount}.`);
  }
  const counts = Array<number>(classCount).fill(0);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number; // row < length
    const count = counts[label];
    if (count === undefined) {
      throw new RangeError(
        `${name}: labels must be classes 0 to ${classCount - 1}, got ${label} in row ${row}.`,
      );
    }
    counts[label] = count + 1;
  }
  return counts;
}
