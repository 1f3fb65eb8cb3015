import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';

/** What the kernels use of `BackendWasm` of @tensorflow/tfjs-backend-wasm 4.22.0. */
export interface WasmBackend extends KernelBackend {
  readonly wasm: EmscriptenModule;
  readonly dataIdMap: { get(dataId: object): { id: number; memoryOffset: number; refCount: number } };
  makeOutput(shape: number[], dtype: DataType, memoryOffset?: number): TensorInfo;
}

interface EmscriptenModule {
  readonly HEAPU8: Uint8Array;
  readonly asm?: Record<string, unknown>;
  /** Only in the threaded build. */
  readonly PThread?: { loadWasmModuleToWorker(worker: object): void };
  _malloc(bytes: number): number;
  _free(pointer: number): void;
}

/** The memory that the backend computes in. */
export function memoryOf(backend: WasmBackend): WebAssembly.Memory {
  for (const exported of Object.values(backend.wasm.asm ?? {})) {
    if (exported instanceof WebAssembly.Memory) return exported;
  }
  // the threaded build keeps it to itself, but hands it to every new worker
  let shared: unknown;
  backend.wasm.PThread?.loadWasmModuleToWorker({
    on: () => {},
    postMessage: (message: { wasmMemory?: unknown }) => {
      shared = message.wasmMemory;
    },
  });
  if (shared instanceof WebAssembly.Memory) return shared;
  throw new Error(
    'installKernels: the wasm backend must be the one of @tensorflow/tfjs-backend-wasm 4.22.0, got one ' +
      'without a reachable memory. Install that version.',
  );
}
