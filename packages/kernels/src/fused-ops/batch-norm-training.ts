import { add, mean, mul, rsqrt, square, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { isRegistered, requireShape, runMany } from './registered.js';

/** What batch normalisation gives while training; the caller disposes all three. */
export interface BatchNormResult {
  output: Tensor;
  /** [channels], of this batch; carries no gradient. */
  mean: Tensor;
  /** [channels], of this batch, divided by the count; carries no gradient. */
  variance: Tensor;
}

/**
 * Batch normalisation over every axis but the last, by the statistics of the batch, with its gradients (Ioffe and
 * Szegedy 2015): without full-size intermediates on wasm after `installKernels`, composed elsewhere. `x`
 * [..., channels], `gain` and `bias` [channels].
 *
 * @throws {RangeError} if the shapes do not fit.
 */
export function batchNormTraining(x: Tensor, gain: Tensor, bias: Tensor, epsilon = 1e-5): BatchNormResult {
  const channels = x.shape.at(-1) ?? 1;
  requireShape('batchNormTraining', 'gain', gain, [channels]);
  requireShape('batchNormTraining', 'bias', bias, [channels]);
  if (isRegistered('WarmstartBatchNorm')) {
    const [output, means, variance, scales] = runMany('WarmstartBatchNorm', { x, gain, bias }, { epsilon });
    scales?.dispose();
    return { output, mean: means, variance } as BatchNormResult;
  }
  return tidy(() => {
    const axes = x.shape.map((_, axis) => axis).slice(0, -1);
    const average = mean(x, axes);
    const centred = sub(x, average);
    const variance = mean(square(centred), axes);
    const output = add(mul(mul(centred, rsqrt(add(variance, epsilon))), gain), bias);
    return { output, mean: average, variance };
  });
}
