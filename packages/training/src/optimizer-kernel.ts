import * as tf from '@tensorflow/tfjs-core';
import type { OptimizerKernels, OptimizerRow } from '@warmstart/shapes';

/** Which kernel updates all variables at once, and what it is given. */
export interface FusedRule<Name extends keyof OptimizerKernels = keyof OptimizerKernels> {
  kernelName: Name;
  step: OptimizerKernels[Name]['step'];
  /** Of one variable; `updates` counts this one too. */
  row(of: {
    rate: number;
    decay: number;
    updates: number;
  }): Pick<OptimizerRow, 'stepSize' | 'shrink' | 'rootCorrection'>;
}

/** The rule's kernel where one is registered for the backend in use: `installKernels` of `@warmstart/kernels` does that. */
export function optimizerKernel({
  kernelName,
  step,
}: FusedRule): ((rows: readonly OptimizerRow[]) => void) | undefined {
  const kernel = tf.getKernel(kernelName, tf.getBackend());
  if (!kernel) return undefined;
  // the attributes that OptimizerKernels tells of; TensorFlow.js has no type for tables of tensors
  return (rows) => kernel.kernelFunc({ inputs: {}, backend: tf.backend(), attrs: { rows, step } as never });
}

/** A tensor whose values are still to be written, on the backend in use. */
export function emptyTensor(shape: number[]): tf.TensorInfo {
  const values = tf.getBackend() === 'cpu' ? new Float32Array(tf.util.sizeFromShape(shape)) : null;
  return { dataId: tf.backend().write(values as never, shape, 'float32'), shape, dtype: 'float32' };
}
