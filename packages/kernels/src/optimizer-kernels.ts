import type { KernelBackend, KernelFunc } from '@tensorflow/tfjs-core';
import type { OptimizerKernels } from '@warmstart/shapes';
import { adamWOnCpu, sgdOnCpu } from './cpu/optimizers.js';
import type { KernelChange } from './kernel-report.js';
import { type KernelRegistry, replaceKernel } from './replace-kernel.js';
import type { Heap } from './wasm/heap.js';
import { adamWOnWasm, sgdOnWasm } from './wasm/optimizers.js';
import { heapOf } from './wasm/register.js';
import type { WebGpuBackend } from './webgpu/backend.js';
import { adamWOnWebGpu, sgdOnWebGpu } from './webgpu/optimizers.js';

type Name = keyof OptimizerKernels;
type Run<Of extends Name> = (backend: KernelBackend, attrs: OptimizerKernels[Of]) => void;

/** One optimizer step of every variable in one call, by name and backend. */
function optimizerKernels(): { [Of in Name]: Record<'wasm' | 'webgpu' | 'cpu', Run<Of>> } {
  return {
    FusedAdamW: {
      wasm: (backend, { rows, step }) => adamWOnWasm(heapOf(backend) as Heap, rows, step),
      webgpu: (backend, { rows, step }) => adamWOnWebGpu(backend as WebGpuBackend, rows, step),
      cpu: (backend, { rows, step }) => adamWOnCpu(backend, rows, step),
    },
    FusedSgd: {
      wasm: (backend, { rows, step }) => sgdOnWasm(heapOf(backend) as Heap, rows, step),
      webgpu: (backend, { rows, step }) => sgdOnWebGpu(backend as WebGpuBackend, rows, step),
      cpu: (backend, { rows, step }) => sgdOnCpu(backend, rows, step),
    },
  };
}

export function optimizerKernelNames(): string[] {
  return Object.keys(optimizerKernels());
}

/** Registers the kernels that optimizers look up, where `wanted` says so, and takes them out elsewhere. */
export function registerOptimizerKernels(
  registry: KernelRegistry,
  wanted: (kernelName: string) => boolean,
): KernelChange[] {
  const changes: KernelChange[] = [];
  for (const [kernelName, backends] of Object.entries(optimizerKernels())) {
    for (const [name, run] of Object.entries(backends)) {
      const backend = name as KernelChange['backend'];
      if (!registry.findBackendFactory(backend)) continue;
      const chosen = wanted(kernelName);
      replaceKernel(registry, kernelName, backend, chosen ? () => bind(run as Run<Name>) : undefined);
      const reason = 'updates all variables of an optimizer in one call';
      if (chosen) changes.push({ backend, kernelName, action: 'added', reason });
    }
  }
  return changes;
}

function bind(run: Run<Name>): KernelFunc {
  return ({ backend, attrs }) => {
    run(backend as KernelBackend, attrs as never); // as OptimizerKernels has it
    return [];
  };
}
