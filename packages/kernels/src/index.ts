export { type FusedAdamWOptions, type FusedSgdOptions, fusedAdamW, fusedSgd } from './fused-optimizers.js';
export { type InstallOptions, installKernels, TESTED_TFJS_VERSION, type Tfjs } from './install.js';
export { type KernelChange, KernelReport } from './kernel-report.js';
export type { FusedOptimizer, FusedOptimizerOptions, NamedTensor } from './table-optimizer.js';
export { HeapFullError } from './wasm/heap.js';
