import { getKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmCall } from './kernel.js';

/** The activations that a product applies itself, by the number that assembly/finish.ts knows them under. */
const RIDING: Readonly<Record<string, number>> = { linear: 0, relu: 1, relu6: 2 };
/** The others follow as kernels of the backend. */
const FOLLOWING: Readonly<Record<string, string>> = {
  elu: 'Elu',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
  sigmoid: 'Sigmoid',
};

/** How a fused kernel's activation is applied. */
export function activationOf(
  kernelName: string,
  activation: unknown,
): { riding: number; following: string | undefined } {
  const name = String(activation ?? 'linear');
  const [riding, following] = [RIDING[name], FOLLOWING[name]];
  if (riding === undefined && !following) {
    throw new RangeError(`${kernelName}: ${name} activation is not known on the wasm backend.`);
  }
  return { riding: riding ?? 0, following };
}

/** Runs an activation of the backend on `x` and lets `x` go. */
export function follow({ heap, inputs, attrs }: WasmCall, kernelName: string, x: TensorInfo): TensorInfo {
  const weights = inputs.preluActivationWeights;
  const y = getKernel(kernelName, 'wasm').kernelFunc({
    inputs: kernelName === 'Prelu' && weights ? { x, alpha: weights } : { x },
    backend: heap.backend,
    attrs: { alpha: Number(attrs.leakyreluAlpha ?? 0) },
  });
  heap.backend.disposeData(x.dataId);
  return y as TensorInfo;
}
