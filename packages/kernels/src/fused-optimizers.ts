import { engine, type KernelBackend } from '@tensorflow/tfjs-core';
import { adamWOnCpu, sgdOnCpu } from './cpu/optimizers.js';
import type { AdamWStep, OptimizerRow, SgdStep } from './optimizer-row.js';
import { type FusedOptimizer, type FusedOptimizerOptions, TableOptimizer } from './table-optimizer.js';
import type { Heap } from './wasm/heap.js';
import { adamWOnWasm, sgdOnWasm } from './wasm/optimizers.js';
import { heapOf } from './wasm/register.js';
import type { WebGpuBackend } from './webgpu/backend.js';
import { adamWOnWebGpu, sgdOnWebGpu } from './webgpu/optimizers.js';

export interface FusedAdamWOptions extends FusedOptimizerOptions {
  /** Decay of the running mean of gradients (default 0.9). */
  beta1?: number;
  /** Decay of the running mean of squared gradients (default 0.999). */
  beta2?: number;
  /** Added to the root of the squares (default 1e-8). */
  epsilon?: number;
}

export interface FusedSgdOptions extends FusedOptimizerOptions {
  /** Decay of the running sum of gradients (default 0: none is kept). */
  momentum?: number;
  /** Looks one step ahead along the running sum (default false). */
  nesterov?: boolean;
}

/**
 * AdamW in one kernel a step: wasm (after `installKernels`), webgpu and cpu. Loshchilov and Hutter, "Decoupled weight
 * decay regularization" (2019), numbers as `torch.optim.AdamW`; slots `exp_avg` and `exp_avg_sq`.
 *
 * @throws {RangeError} for a rate, decay, beta or epsilon out of range, or a guide of another shape.
 */
export function fusedAdamW(options: FusedAdamWOptions): FusedOptimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  requireBelowOne('fusedAdamW', 'beta1', beta1);
  requireBelowOne('fusedAdamW', 'beta2', beta2);
  if (!(epsilon > 0)) {
    throw new RangeError(`fusedAdamW: epsilon must be above 0, got ${epsilon}. The default is 1e-8.`);
  }
  return new TableOptimizer('fusedAdamW', options, {
    slotNames: ['exp_avg', 'exp_avg_sq'],
    stepSize: (rate, step) => rate / (1 - beta1 ** step),
    shrink: (rate, decay) => rate * decay,
    rootCorrection: (step) => 1 / Math.sqrt(1 - beta2 ** step),
    run(rows) {
      adamW(rows, { beta1, beta2, epsilon });
    },
  });
}

/**
 * SGD, with momentum if asked for, in one kernel a step: wasm (after `installKernels`), webgpu and cpu. Numbers as
 * `torch.optim.SGD` (decay joins the gradient); slot `momentum_buffer`.
 *
 * @throws {RangeError} for a rate, decay or momentum out of range, or a guide of another shape.
 */
export function fusedSgd(options: FusedSgdOptions): FusedOptimizer {
  const { momentum = 0, nesterov = false } = options;
  requireBelowOne('fusedSgd', 'momentum', momentum);
  if (nesterov && momentum === 0) {
    throw new RangeError('fusedSgd: nesterov must come with a momentum, got 0. Give momentum: 0.9, say.');
  }
  return new TableOptimizer('fusedSgd', options, {
    slotNames: momentum > 0 ? ['momentum_buffer'] : [],
    stepSize: (rate) => rate,
    shrink: (_, decay) => decay,
    rootCorrection: () => 1,
    run(rows) {
      sgd(rows, { momentum, nesterov });
    },
  });
}

function adamW(rows: readonly OptimizerRow[], step: AdamWStep): void {
  const backend = engine().backend;
  const name = engine().backendName;
  if (name === 'wasm') adamWOnWasm(boundHeap('fusedAdamW', backend), rows, step);
  else if (name === 'webgpu') adamWOnWebGpu(backend as WebGpuBackend, rows, step);
  else if (name === 'cpu') adamWOnCpu(backend, rows, step);
  else throw unknownBackend('fusedAdamW', name);
}

function sgd(rows: readonly OptimizerRow[], step: SgdStep): void {
  const backend = engine().backend;
  const name = engine().backendName;
  if (name === 'wasm') sgdOnWasm(boundHeap('fusedSgd', backend), rows, step);
  else if (name === 'webgpu') sgdOnWebGpu(backend as WebGpuBackend, rows, step);
  else if (name === 'cpu') sgdOnCpu(backend, rows, step);
  else throw unknownBackend('fusedSgd', name);
}

function requireBelowOne(caller: string, name: string, value: number): void {
  if (value >= 0 && value < 1) return;
  throw new RangeError(`${caller}: ${name} must lie in [0, 1), got ${value}. Usual values are 0.9 to 0.999.`);
}

function boundHeap(caller: string, backend: KernelBackend): Heap {
  const heap = heapOf(backend);
  if (heap) return heap;
  throw new Error(`${caller}: on the wasm backend installKernels(tf) must come first. Await it once.`);
}

function unknownBackend(caller: string, name: string): Error {
  return new Error(
    `${caller}: the backend must be wasm, webgpu or cpu, got ${name}. Call tf.setBackend with one of them.`,
  );
}
