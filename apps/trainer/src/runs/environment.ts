import { availableParallelism, cpus } from 'node:os';
import { version } from '../version.js';

/** What a run ran on: enough to explain why two runs differ. */
export interface Environment {
  warmstart: string;
  node: string;
  platform: string;
  cpu: string;
  cores: number;
  backend: string;
  /** Kernels that differ from stock TensorFlow.js, as `installKernels` reported them. */
  kernels: unknown;
}

export function describeEnvironment(backend: string, kernels: unknown): Environment {
  return {
    warmstart: version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    backend,
    kernels,
  };
}
