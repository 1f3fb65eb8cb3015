import { cast, div, mul, type Scalar, square, sub, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { isRegistered, requireShape, runMany } from './registered.js';

/**
 * Σ mask·(predicted − target)² / Σ mask with its gradients: one pass on wasm after `installKernels`, composed
 * elsewhere. Three tensors of one shape: two float32, and a mask of float32, whole numbers or booleans. A mask of zeros
 * only gives NaN.
 *
 * @returns a scalar; the caller disposes it.
 * @throws {RangeError} if the shapes differ.
 */
export function maskedMeanSquaredError(predicted: Tensor, target: Tensor, mask: Tensor): Scalar {
  requireShape('maskedMeanSquaredError', 'target', target, predicted.shape);
  requireShape('maskedMeanSquaredError', 'mask', mask, predicted.shape);
  if (mask.dtype !== 'float32') {
    return tidy(() => maskedMeanSquaredError(predicted, target, cast(mask, 'float32')));
  }
  if (isRegistered('WarmstartMaskedError')) {
    const [loss, slope] = runMany('WarmstartMaskedError', { predicted, target, mask });
    slope?.dispose();
    return loss as Scalar;
  }
  return tidy(() => div<Scalar>(sum(mul(mask, square(sub(predicted, target)))), sum(mask)));
}
