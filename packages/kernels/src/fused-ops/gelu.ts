import { add, erf, mul, type Tensor, tanh, tidy } from '@tensorflow/tfjs-core';
import { isRegistered, run } from './registered.js';

/**
 * x·Φ(x) with its gradient (Hendrycks and Gimpel 2016), exact or by its tanh approximation: one pass on wasm after
 * `installKernels`, composed elsewhere.
 *
 * @returns the shape of `x`; the caller disposes it.
 */
export function gelu(x: Tensor, approximate: 'none' | 'tanh' = 'none'): Tensor {
  if (isRegistered('WarmstartGelu')) return run('WarmstartGelu', { x }, { approximate });
  return tidy(() => {
    const bent =
      approximate === 'none'
        ? erf(mul(x, Math.SQRT1_2))
        : tanh(mul(Math.sqrt(2 / Math.PI), add(x, mul(0.044715, mul(x, mul(x, x))))));
    return mul(mul(0.5, x), add(1, bent));
  });
}
