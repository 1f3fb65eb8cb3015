import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';

/** What the kernels use of `WebGPUBackend` of @tensorflow/tfjs-backend-webgpu 4.22.0. */
export interface WebGpuBackend extends KernelBackend {
  readonly device: GPUDevice;
  readonly tensorMap: { get(dataId: object): { resource?: GPUBuffer; values?: unknown } };
  readonly commandEncoder: GPUCommandEncoder | null;
  uploadToGPU(dataId: object): void;
  makeTensorInfo(shape: number[], dtype: string): TensorInfo;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** The buffer behind a tensor, uploaded if it was not. */
export function bufferOf(backend: WebGpuBackend, tensor: TensorInfo): GPUBuffer {
  backend.uploadToGPU(tensor.dataId);
  return backend.tensorMap.get(tensor.dataId).resource as GPUBuffer;
}

/** Sends what tfjs has recorded, so that our commands come after it in the same queue. */
export function flush(backend: WebGpuBackend): void {
  if (!backend.commandEncoder) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}

/** The buffer of a tensor that is about to be written in place: what was read of it before no longer holds. */
export function writableBufferOf(backend: WebGpuBackend, tensor: TensorInfo): GPUBuffer {
  const buffer = bufferOf(backend, tensor);
  backend.tensorMap.get(tensor.dataId).values = undefined;
  return buffer;
}
