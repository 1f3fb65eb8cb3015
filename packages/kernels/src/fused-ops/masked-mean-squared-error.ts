import { div, mul, square, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { isRegistered, requireShape, runMany } from './registered.js';

/**
 * Σ mask·(predicted − target)² / Σ mask with its gradients: one pass on wasm after `installKernels`, composed
 * elsewhere. Three float32 tensors of one shape. A mask of zeros only gives NaN.
 *
 * @returns a scalar; the caller disposes it.
 * @throws {RangeError} if the shapes differ.
 */
export function maskedMeanSquaredError(predicted: Tensor, target: Tensor, mask: Tensor): Tensor {
  requireShape('maskedMeanSquaredError', 'target', target, predicted.shape);
  requireShape('maskedMeanSquaredError', 'mask', mask, predicted.shape);
  if (isRegistered('WarmstartMaskedError')) {
    const [loss, slope] = runMany('WarmstartMaskedError', { predicted, target, mask });
    slope?.dispose();
    return loss as Tensor;
  }
  return div(sum(mul(mask, square(sub(predicted, target)))), sum(mask));
}
