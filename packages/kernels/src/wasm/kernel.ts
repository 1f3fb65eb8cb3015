import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { Heap } from './heap.js';

/** What a kernel is called with. */
export interface WasmCall {
  heap: Heap;
  inputs: Record<string, TensorInfo>;
  attrs: NamedAttrMap;
}

/** One kernel of ours: whether the backend had none, a wrong one or a slow one, and why it is there. */
export interface WasmKernel {
  kernelName: string;
  action: 'added' | 'repaired' | 'replaced';
  reason: string;
  /** `original` is the backend's own kernel, if it had one. */
  run(call: WasmCall, original: KernelFunc | undefined): TensorInfo | TensorInfo[];
}

/** A named input that tfjs promises to be there. */
export function input(call: WasmCall, name: string): TensorInfo {
  const tensor = call.inputs[name];
  if (!tensor) throw new TypeError(`wasm kernel: input "${name}" must be given, got none.`);
  return tensor;
}

/** Refuses what is not float32, in the words of tfjs. */
export function requireFloat32(kernelName: string, tensors: readonly TensorInfo[]): void {
  for (const { dtype } of tensors) {
    if (dtype !== 'float32')
      throw new TypeError(
        `${kernelName}: inputs must be float32 on the wasm backend, got ${dtype}. Cast first.`,
      );
  }
}
