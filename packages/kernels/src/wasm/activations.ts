import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { input, requireFloat32, type WasmCall, type WasmKernel } from './kernel.js';

/** Numbers shared with assembly/activations.ts. */
export const ACTIVATION = { tanh: 0, erf: 1, gelu: 2, geluTanh: 3, relu: 4, relu6: 5 } as const;

export const tanh: WasmKernel = {
  kernelName: 'Tanh',
  action: 'replaced',
  reason: 'one value at a time through the C library',
  run: (call) => activated(call, 'Tanh', ACTIVATION.tanh),
};

export const erf: WasmKernel = {
  kernelName: 'Erf',
  action: 'replaced',
  reason: 'one value at a time, with an error of 1.5e-7 near 0',
  run: (call) => activated(call, 'Erf', ACTIVATION.erf),
};

/** A new tensor with f of every value of input "x". */
export function activated(call: WasmCall, kernelName: string, kind: number): TensorInfo {
  const { heap } = call;
  const x = input(call, 'x');
  requireFloat32(kernelName, [x]);
  const output = heap.output(x.shape);
  heap.kernels.activate(kind, heap.pointer(x), util.sizeFromShape(x.shape), heap.pointer(output));
  return output;
}
