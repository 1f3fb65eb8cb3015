import * as tf from '@tensorflow/tfjs-core';

/** What tfjs calls a kernel with. */
export interface KernelArguments {
  inputs: Record<string, tf.TensorInfo | tf.TensorInfo[] | null | undefined>;
  attrs?: Record<string, unknown>;
  backend: unknown;
}

/**
 * Puts functions in the place of all kernels of the backend in use.
 *
 * @returns what puts the kernels back
 */
export function replaceKernels(functionFor: (kernel: tf.KernelConfig) => tf.KernelFunc): () => void {
  const kernels = tf.getKernelsForBackend(tf.getBackend());
  for (const kernel of kernels) register(kernel, functionFor(kernel));
  return () => {
    for (const kernel of kernels) register(kernel, kernel.kernelFunc);
  };
}

function register(kernel: tf.KernelConfig, kernelFunc: tf.KernelFunc): void {
  tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel({ ...kernel, kernelFunc });
}
