import { add, matMul, relu, relu6, reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { gelu } from './gelu.js';
import { isRegistered, requireShape, run } from './registered.js';

export type LinearActivation = 'linear' | 'relu' | 'relu6' | 'gelu';

/**
 * activation(x·Wᵀ + bias) with its gradients: one pass on wasm after `installKernels`, composed elsewhere.
 * `x` [..., inFeatures], `weight` [outFeatures, inFeatures] as PyTorch keeps it, `bias` [outFeatures] or undefined.
 *
 * @returns [..., outFeatures]; the caller disposes it.
 * @throws {RangeError} if the shapes do not fit.
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  activation: LinearActivation = 'linear',
): Tensor {
  const [outFeatures = 0, inFeatures = 0] = weight.shape;
  requireShape('linear', 'x', x, [...x.shape.slice(0, -1), inFeatures]);
  requireShape('linear', 'weight', weight, [outFeatures, inFeatures]);
  if (bias) requireShape('linear', 'bias', bias, [outFeatures]);
  if (activation === 'gelu') return tidy(() => gelu(linear(x, weight, bias)));
  if (!isRegistered('WarmstartLinear')) return composed(x, weight, bias, activation);
  return run('WarmstartLinear', bias ? { x, weight, bias } : { x, weight }, { activation });
}

function composed(x: Tensor, weight: Tensor, bias: Tensor | undefined, activation: string): Tensor {
  const [outFeatures = 0, inFeatures = 0] = weight.shape;
  return tidy(() => {
    const product = matMul(reshape(x, [-1, inFeatures]), weight as never, false, true);
    const y = reshape(bias ? add(product, bias) : product, [...x.shape.slice(0, -1), outFeatures]);
    return activation === 'relu' ? relu(y) : activation === 'relu6' ? relu6(y) : y;
  });
}
