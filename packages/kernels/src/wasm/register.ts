import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelChange, KernelRegistry } from '../kernel-report.js';
import type { WasmBackend } from './backend.js';
import { conv2DBackpropFilter, conv2DBackpropInput } from './convolution.js';
import { Heap } from './heap.js';
import { identity } from './identity.js';
import type { WasmKernel } from './kernel.js';
import { batchMatMul, fusedMatMul } from './matmul.js';
import type { KernelModule } from './module.js';
import { maxPoolGrad } from './pooling.js';
import { unsortedSegmentSum } from './segments.js';

function wasmKernels(): WasmKernel[] {
  return [
    batchMatMul,
    fusedMatMul,
    identity,
    conv2DBackpropFilter,
    conv2DBackpropInput,
    maxPoolGrad,
    unsortedSegmentSum,
  ];
}

const heaps = new WeakMap<KernelBackend, Heap>();
let module: KernelModule | undefined;

/** Chooses the compiled kernels that backends bind to from now on. */
export function useModule(chosen: KernelModule): void {
  module = chosen;
}

/** The kernels bound to this backend; undefined before `installKernels`. */
export function heapOf(backend: KernelBackend): Heap | undefined {
  const bound = heaps.get(backend);
  if (bound || !module) return bound;
  const heap = new Heap(backend as WasmBackend, module);
  heaps.set(backend, heap);
  return heap;
}

/** Puts our kernels in the place of the backend's, where `wanted` says so. */
export function registerWasmKernels(
  registry: KernelRegistry,
  wanted: (kernelName: string) => boolean,
): KernelChange[] {
  const kernels = wasmKernels().filter(({ kernelName }) => wanted(kernelName));
  for (const kernel of kernels) {
    const { kernelName } = kernel;
    if (registry.getKernel(kernelName, 'wasm')) registry.unregisterKernel(kernelName, 'wasm');
    registry.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, backend, attrs }) =>
        kernel.run({
          heap: heapOf(backend as KernelBackend) as Heap,
          inputs: inputs as Record<string, TensorInfo>,
          attrs: attrs ?? {},
        }),
    });
  }
  return kernels.map(({ kernelName, action, reason }) => ({ backend: 'wasm', kernelName, action, reason }));
}
