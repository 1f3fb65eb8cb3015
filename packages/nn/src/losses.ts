import * as tf from '@tensorflow/tfjs-core';

export interface CrossEntropyOptions {
  /** share of the target spread evenly over all classes, in [0, 1). Default 0. */
  labelSmoothing?: number;
  /** rows with this label do not count. Default -100, like PyTorch's. */
  ignoreIndex?: number;
}

/**
 * Mean over rows of −log softmax(logits)[label].
 *
 * @param logits - [..., classCount]
 * @param labels - class indices [...], any integer dtype, or probabilities shaped like the logits
 * @returns scalar; 0 if every row is ignored, not finite if a label is no class; the caller disposes it
 * @throws RangeError if the shapes do not fit or labelSmoothing is out of range
 * @see torch.nn.CrossEntropyLoss
 */
export function crossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { labelSmoothing = 0, ignoreIndex = -100 }: CrossEntropyOptions = {},
): tf.Scalar {
  const classCount = logits.shape.at(-1) ?? 0;
  const isIndices = tf.util.arraysEqual(labels.shape, logits.shape.slice(0, -1));
  if (!isIndices && !tf.util.arraysEqual(labels.shape, logits.shape)) {
    throw new RangeError(
      `crossEntropy: labels must be [${logits.shape.slice(0, -1)}] indices or [${logits.shape}] ` +
        `probabilities, got [${labels.shape}].`,
    );
  }
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new RangeError(`crossEntropy: labelSmoothing must be in [0, 1), got ${labelSmoothing}.`);
  }
  return tf.tidy(() => {
    const rows = tf.reshape(logits, [-1, classCount]);
    const { target, counts } = isIndices
      ? targetOfIndices(tf.cast(tf.reshape(labels, [-1]), 'int32'), classCount, ignoreIndex)
      : { target: tf.reshape(labels, [-1, classCount]), counts: tf.ones([rows.shape[0] as number]) };
    const smooth =
      labelSmoothing === 0 ? target : tf.add(tf.mul(target, 1 - labelSmoothing), labelSmoothing / classCount);
    const perRow = softmaxCrossEntropy(rows, smooth);
    // a label out of range has no column: 0 / 0 says so, where 0 would hide it
    const checked = isIndices ? tf.div(perRow, tf.sum(target, -1)) : perRow;
    return tf.div(tf.sum(tf.mul(checked, counts)), tf.maximum(tf.sum(counts), 1)) as tf.Scalar;
  });
}

function targetOfIndices(labels: tf.Tensor, classCount: number, ignoreIndex: number) {
  const counts = tf.cast(tf.notEqual(labels, tf.scalar(ignoreIndex, 'int32')), 'float32');
  const indices = tf.mul(labels, tf.cast(counts, 'int32')); // an ignored row points at class 0, weighing nothing
  return { target: tf.cast(tf.oneHot(indices as tf.Tensor1D, classCount), 'float32'), counts };
}

/** Per row; the gradient needs only the softmax, so nothing else is kept. */
function softmaxCrossEntropy(logits: tf.Tensor, target: tf.Tensor): tf.Tensor {
  const apply = tf.customGrad((value, save) => {
    const input = value as tf.Tensor;
    const logProbabilities = tf.logSoftmax(input, -1);
    (save as tf.GradSaveFunc)([logProbabilities, target]);
    return {
      value: tf.neg(tf.sum(tf.mul(target, logProbabilities), -1)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [kept, wanted] = saved as [tf.Tensor, tf.Tensor];
        const slope = tf.sub(tf.mul(tf.exp(kept), tf.sum(wanted, -1, true)), wanted);
        return tf.mul(tf.expandDims(dy, -1), slope);
      },
    };
  });
  return apply(logits);
}

/**
 * Mean of (predicted − target)² over all values.
 *
 * @returns scalar; the caller disposes it
 * @throws RangeError if the shapes differ
 * @see torch.nn.MSELoss
 */
export function meanSquaredError(predicted: tf.Tensor, target: tf.Tensor): tf.Scalar {
  requireSameShape('meanSquaredError', predicted, target);
  return tf.tidy(() => tf.mean(tf.square(tf.sub(predicted, target)))) as tf.Scalar;
}

/**
 * Mean over all values of −t log σ(x) − (1 − t) log(1 − σ(x)), finite for every finite x.
 *
 * @param logits - x, before the sigmoid
 * @param target - t in [0, 1], shaped like the logits
 * @returns scalar; the caller disposes it
 * @throws RangeError if the shapes differ
 * @see torch.nn.BCEWithLogitsLoss
 */
export function binaryCrossEntropyWithLogits(logits: tf.Tensor, target: tf.Tensor): tf.Scalar {
  requireSameShape('binaryCrossEntropyWithLogits', logits, target);
  return tf.tidy(() => tf.mean(tf.sub(tf.softplus(logits), tf.mul(logits, target)))) as tf.Scalar;
}

function requireSameShape(name: string, predicted: tf.Tensor, target: tf.Tensor): void {
  if (tf.util.arraysEqual(predicted.shape, target.shape)) return;
  throw new RangeError(
    `${name}: both tensors must have one shape, got [${predicted.shape}] and [${target.shape}].`,
  );
}
