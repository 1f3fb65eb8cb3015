import {
  engine,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** Whether the backend in use has this kernel of ours: wasm, after `installKernels`. */
export function isRegistered(kernelName: string): boolean {
  return getKernel(kernelName, engine().backendName) !== undefined;
}

/** Runs a kernel with one output. */
export function run(kernelName: string, inputs: NamedTensorMap, attrs: NamedAttrMap = {}): Tensor {
  return engine().runKernel(kernelName, inputs, attrs) as Tensor;
}

/** Runs a kernel with several outputs. */
export function runMany(kernelName: string, inputs: NamedTensorMap, attrs: NamedAttrMap = {}): Tensor[] {
  return engine().runKernel(kernelName, inputs, attrs) as Tensor[];
}

/** Refuses tensors whose shapes do not fit, in the words of the caller. */
export function requireShape(caller: string, name: string, tensor: Tensor, shape: readonly number[]): void {
  if (tensor.shape.length === shape.length && tensor.shape.every((size, i) => size === shape[i])) return;
  throw new RangeError(
    `${caller}: ${name} must have shape [${shape}], got [${tensor.shape}]. Reshape it, or check the layer sizes.`,
  );
}
