import type { KernelBackend, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelChange } from '../kernel-report.js';
import { type KernelRegistry, replaceKernel } from '../replace-kernel.js';
import { erf, tanh } from './activations.js';
import type { WasmBackend } from './backend.js';
import { conv2D, conv2DBackpropFilter, conv2DBackpropInput, fusedConv2D } from './convolution.js';
import { depthwiseBackpropFilter, depthwiseBackpropInput } from './depthwise.js';
import { fusedKernels } from './fused.js';
import { Heap } from './heap.js';
import { identity } from './identity.js';
import type { WasmKernel } from './kernel.js';
import { batchMatMul, fusedMatMul } from './matmul.js';
import type { KernelModule } from './module.js';
import { maxPoolGrad } from './pooling.js';
import { refusals } from './refusals.js';
import { unsortedSegmentSum } from './segments.js';
import { sum } from './sums.js';

function wasmKernels(): WasmKernel[] {
  return [
    batchMatMul,
    fusedMatMul,
    identity,
    conv2D,
    fusedConv2D,
    conv2DBackpropFilter,
    conv2DBackpropInput,
    depthwiseBackpropFilter,
    depthwiseBackpropInput,
    maxPoolGrad,
    unsortedSegmentSum,
    sum,
    tanh,
    erf,
    ...fusedKernels(),
    ...refusals(),
  ];
}

export function wasmKernelNames(): string[] {
  return wasmKernels().map(({ kernelName }) => kernelName);
}

const heaps = new WeakMap<KernelBackend, Heap>();
let module: KernelModule | undefined;

/** Chooses the compiled kernels; backends bind to them at their next call. */
export function useModule(chosen: KernelModule): void {
  module = chosen;
}

/** The kernels bound to this backend; undefined before `installKernels`. */
export function heapOf(backend: KernelBackend): Heap | undefined {
  const bound = heaps.get(backend);
  if (!module || bound?.module === module) return bound;
  const heap = new Heap(backend as WasmBackend, module);
  heaps.set(backend, heap);
  bound?.dispose();
  return heap;
}

/** Puts our kernels in the place of the backend's where `wanted` says so, and the backend's back elsewhere. */
export function registerWasmKernels(
  registry: KernelRegistry,
  wanted: (kernelName: string) => boolean,
): KernelChange[] {
  const changes: KernelChange[] = [];
  for (const kernel of wasmKernels()) {
    const { kernelName, action, reason } = kernel;
    const chosen = wanted(kernelName);
    replaceKernel(registry, kernelName, 'wasm', chosen ? (original) => bind(kernel, original) : undefined);
    if (chosen) changes.push({ backend: 'wasm', kernelName, action, reason });
  }
  return changes;
}

function bind(kernel: WasmKernel, original: KernelFunc | undefined): KernelFunc {
  return ({ inputs, backend, attrs }) => {
    const heap = heapOf(backend as KernelBackend) as Heap;
    return kernel.run({ heap, inputs: inputs as Record<string, TensorInfo>, attrs: attrs ?? {} }, original);
  };
}
