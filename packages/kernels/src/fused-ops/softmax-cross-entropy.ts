import {
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  type Scalar,
  sum,
  type Tensor,
  type Tensor1D,
  tidy,
} from '@tensorflow/tfjs-core';
import { isRegistered, requireShape, runMany } from './registered.js';

/**
 * Mean of −log softmax(logits)[label] over the rows, with its gradient: loss and gradient in one pass on wasm after
 * `installKernels`, composed elsewhere. `logits` [rows, classes], `labels` int32 [rows] in 0‥classes−1.
 *
 * @returns a scalar; the caller disposes it. On wasm a label out of range makes it NaN.
 * @throws {RangeError} if the shapes do not fit. @throws {TypeError} if the labels are not int32.
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Tensor): Scalar {
  const [rows = 0, classes = 0] = logits.shape;
  requireShape('softmaxCrossEntropy', 'logits', logits, [rows, classes]);
  requireShape('softmaxCrossEntropy', 'labels', labels, [rows]);
  if (labels.dtype !== 'int32') {
    throw new TypeError(`softmaxCrossEntropy: labels must be int32, got ${labels.dtype}. Cast them.`);
  }
  return tidy(() => {
    if (isRegistered('WarmstartSoftmaxCrossEntropy')) {
      const [losses, slope] = runMany('WarmstartSoftmaxCrossEntropy', { logits, labels });
      slope?.dispose();
      return mean(losses as Tensor);
    }
    const chosen = mul(oneHot(labels as Tensor1D, classes), logSoftmax(logits));
    return neg(mean(sum(chosen, -1)));
  });
}
