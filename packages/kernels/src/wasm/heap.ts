import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { memoryOf, type WasmBackend } from './backend.js';
import type { KernelExports, KernelModule } from './module.js';

/** A product of two matrices on the heap; strides are row lengths in memory, pointers are byte offsets. */
export interface Product {
  rows: number;
  columns: number;
  depth: number;
  a: number;
  aStride: number;
  aTransposed: boolean;
  b: number;
  bStride: number;
  bTransposed: boolean;
  c: number;
  cStride: number;
  accumulate?: boolean;
  /** One value per column, or 0. */
  bias?: number;
  /** 0 none, 1 relu, 2 relu6. */
  activation?: number;
}

/** The kernels bound to one wasm backend and its memory. */
export class Heap {
  readonly backend: WasmBackend;
  readonly module: KernelModule;
  readonly kernels: KernelExports;
  readonly #memory: WebAssembly.Memory;
  readonly #gemmScratch: number;
  readonly #geometry: number;
  #work = { pointer: 0, sizeBytes: 0 };

  constructor(backend: WasmBackend, module: KernelModule) {
    this.backend = backend;
    this.module = module;
    this.#memory = memoryOf(backend);
    guardAllocation(backend);
    const shared = !(this.#memory.buffer instanceof ArrayBuffer);
    const compiled = shared ? module.shared : module.single;
    if (!compiled) throw new Error('installKernels: a shared memory needs SharedArrayBuffer, got none.');
    const instance = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.kernels = instance.exports as unknown as KernelExports;
    this.#gemmScratch = this.allocate(this.kernels.gemmScratchBytes());
    this.#geometry = this.allocate(64);
  }

  allocate(sizeBytes: number): number {
    return this.backend.wasm._malloc(sizeBytes) >>> 0;
  }

  free(pointer: number): void {
    this.backend.wasm._free(pointer);
  }

  /** Gives the working memory back; the tensors stay. */
  dispose(): void {
    for (const pointer of [this.#gemmScratch, this.#geometry, this.#work.pointer]) {
      if (pointer) this.free(pointer);
    }
  }

  /** Working memory that lives until the next call of `work`. */
  work(sizeBytes: number): number {
    if (this.#work.sizeBytes < sizeBytes) {
      if (this.#work.pointer) this.free(this.#work.pointer);
      this.#work = { pointer: 0, sizeBytes: 0 };
      this.#work = { pointer: this.allocate(sizeBytes), sizeBytes };
    }
    return this.#work.pointer;
  }

  /** Where a tensor's values start. */
  pointer(tensor: TensorInfo): number {
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset;
  }

  /** A new tensor; its values are whatever lay there. */
  output(shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
    return this.backend.makeOutput([...shape], dtype);
  }

  zeros(shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
    const output = this.output(shape, dtype);
    this.words(this.pointer(output), util.sizeFromShape([...shape])).fill(0);
    return output;
  }

  floats(pointer: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, pointer, length);
  }

  words(pointer: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, pointer, length);
  }

  /** Puts a window geometry where the kernels can read it; lives until the next call of `geometry`. */
  geometry(values: readonly number[]): number {
    this.words(this.#geometry, values.length).set(values);
    return this.#geometry;
  }

  multiply(p: Product): void {
    this.kernels.gemm(
      p.rows,
      p.columns,
      p.depth,
      p.a,
      p.aStride,
      Number(p.aTransposed),
      p.b,
      p.bStride,
      Number(p.bTransposed),
      p.c,
      p.cStride,
      Number(p.accumulate ?? false),
      p.bias ?? 0,
      p.activation ?? 0,
      this.#gemmScratch,
    );
  }
}

const guarded = new WeakSet<object>();

/** Out of memory becomes an error with the size asked for; unguarded, tfjs goes on writing at address 0. */
function guardAllocation(backend: WasmBackend): void {
  const { wasm } = backend;
  if (guarded.has(wasm)) return;
  guarded.add(wasm);
  wasm._free(wasm._malloc(16)); // the first call replaces the function
  const allocate = wasm._malloc;
  wasm._malloc = (sizeBytes) => {
    const pointer = allocate(sizeBytes);
    if (pointer === 0 && sizeBytes > 0) throw new HeapFullError(sizeBytes, wasm.HEAPU8.length);
    return pointer;
  };
}

/** The wasm backend could not get the memory asked for. Dispose tensors, make batches smaller, or use webgpu. */
export class HeapFullError extends RangeError {
  readonly code = 'HEAP_FULL';
  /** Bytes asked for. */
  readonly requestedBytes: number;

  constructor(requestedBytes: number, heapBytes: number) {
    super(
      `wasm backend: the heap must have room for ${requestedBytes} bytes more, got a heap of ${heapBytes} bytes ` +
        'that cannot grow to hold them (its limit is 4 GiB). Dispose tensors, make the batch smaller, or use webgpu.',
    );
    this.name = 'HeapFullError';
    this.requestedBytes = requestedBytes;
  }
}
