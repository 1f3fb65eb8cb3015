import { add, mean, mul, rsqrt, square, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { isRegistered, requireShape, runMany } from './registered.js';

/**
 * Layer normalisation over the last axis with its gradients (Ba, Kiros and Hinton 2016): one pass on wasm after
 * `installKernels`, composed elsewhere. `x` [..., features], `gain` and `bias` [features].
 *
 * @returns the shape of `x`; the caller disposes it.
 * @throws {RangeError} if the shapes do not fit.
 */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const features = x.shape.at(-1) ?? 1;
  requireShape('layerNorm', 'gain', gain, [features]);
  requireShape('layerNorm', 'bias', bias, [features]);
  if (isRegistered('WarmstartLayerNorm')) {
    const [y, means, scales] = runMany('WarmstartLayerNorm', { x, gain, bias }, { epsilon });
    means?.dispose();
    scales?.dispose();
    return y as Tensor;
  }
  return tidy(() => {
    const centred = sub(x, mean(x, -1, true));
    const scale = rsqrt(add(mean(square(centred), -1, true), epsilon));
    return add(mul(mul(centred, scale), gain), bias);
  });
}
