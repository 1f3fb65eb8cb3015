import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { memoryOf, type WasmBackend } from './backend.js';
import type { KernelExports, KernelModule } from './module.js';
import { type Task, ThreadPool, type Threads } from './threads.js';

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
  /** One value per column, or 0. */
  bias?: number;
  /** 0 none, 1 relu, 2 relu6. */
  activation?: number;
  /** So many products, their operands these many bytes apart. */
  batch?: { count: number; aStep: number; bStep: number; cStep: number };
}

/** From the first to before the last. */
export type Range = [first: number, last: number];

/** Below this many multiply-adds a thread costs more than it saves. */
const WORTH_A_THREAD = 150_000;
/** Rows and columns that the micro-kernel makes at a time. */
const [ROW_UNIT, COLUMN_UNIT] = [6, 8];

/** The kernels bound to one wasm backend and its memory. */
export class Heap {
  readonly backend: WasmBackend;
  readonly module: KernelModule;
  readonly kernels: KernelExports;
  readonly #memory: WebAssembly.Memory;
  readonly #scratch: number[];
  readonly #geometry: number;
  #pool: ThreadPool | undefined;
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
    this.#scratch = [this.allocate(this.kernels.gemmScratchBytes())];
    this.#geometry = this.allocate(64);
  }

  allocate(sizeBytes: number): number {
    return this.backend.wasm._malloc(sizeBytes) >>> 0;
  }

  free(pointer: number): void {
    this.backend.wasm._free(pointer);
  }

  /** Gives threads and working memory back; the tensors stay. */
  dispose(): void {
    this.#pool?.stop();
    for (const pointer of [...this.#scratch, this.#geometry, this.#work.pointer]) {
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

  /** Lets kernels run on several threads; only over a shared memory. */
  async useThreads(threads: Threads): Promise<void> {
    if (!this.module.shared || this.#memory.buffer instanceof ArrayBuffer) {
      throw new Error(
        'installKernels: threads need a wasm backend over shared memory, got one of its own. In Node await ' +
          'shareWasmMemory(wasm) before tf.setBackend; in a page send COOP and COEP headers.',
      );
    }
    const names = Object.keys(this.kernels);
    while (this.#scratch.length < threads.count) {
      this.#scratch.push(this.allocate(this.kernels.gemmScratchBytes()));
    }
    this.#pool = await ThreadPool.start(threads, this.module.shared, this.#memory, names);
  }

  /** Working memory of a thread for products. */
  scratch(thread: number): number {
    return this.#scratch[thread] ?? 0;
  }

  /** Divides `count` units of work into one range per thread worth its while, in multiples of `unit`. */
  split(count: number, unit: number, multiplyAdds: number): Range[] {
    const worth = Math.max(1, Math.floor(multiplyAdds / WORTH_A_THREAD));
    const parts = Math.min(this.#pool?.count ?? 1, worth, Math.ceil(count / unit));
    const step = Math.ceil(count / parts / unit) * unit;
    const ranges = Array.from(
      { length: parts },
      (_, i): Range => [i * step, Math.min(count, (i + 1) * step)],
    );
    return ranges.filter(([first, last]) => first < last);
  }

  /** Runs kernels, each on a thread of its own. */
  run(tasks: readonly Task[]): void {
    const here = ({ kernel, args }: Task): void =>
      (this.kernels[kernel as keyof KernelExports] as (...args: readonly number[]) => void)(...args);
    if (this.#pool && tasks.length > 1) this.#pool.run(tasks, here);
    else tasks.forEach(here);
  }

  multiply(p: Product): void {
    const batch = p.batch ?? { count: 1, aStep: 0, bStep: 0, cStep: 0 };
    const work = batch.count * p.rows * p.columns * p.depth;
    if (batch.count > 1) {
      const parts = this.split(batch.count, 1, work);
      this.run(
        parts.map(([first, last], i) => {
          const steps = [batch.aStep, batch.bStep, batch.cStep] as const;
          const [a, b, c] = [p.a + first * steps[0], p.b + first * steps[1], p.c + first * steps[2]];
          return this.#product({ ...p, a, b, c, batch: { ...batch, count: last - first } }, i);
        }),
      );
    } else if (p.rows >= p.columns) {
      const parts = this.split(p.rows, ROW_UNIT, work);
      this.run(
        parts.map(([first, last], i) => {
          const a = p.a + first * (p.aTransposed ? 1 : p.aStride) * 4;
          return this.#product({ ...p, a, c: p.c + first * p.cStride * 4, rows: last - first }, i);
        }),
      );
    } else {
      const parts = this.split(p.columns, COLUMN_UNIT, work);
      this.run(
        parts.map(([first, last], i) => {
          const b = p.b + first * (p.bTransposed ? p.bStride : 1) * 4;
          const bias = p.bias ? p.bias + first * 4 : 0;
          return this.#product({ ...p, b, bias, c: p.c + first * 4, columns: last - first }, i);
        }),
      );
    }
  }

  #product(p: Product, thread: number): Task {
    const { count, aStep, bStep, cStep } = p.batch ?? { count: 1, aStep: 0, bStep: 0, cStep: 0 };
    const left = [p.a, p.aStride, Number(p.aTransposed)];
    const right = [p.b, p.bStride, Number(p.bTransposed)];
    const result = [p.c, p.cStride, p.bias ?? 0, p.activation ?? 0];
    const sizes = [count, aStep, bStep, cStep, p.rows, p.columns, p.depth];
    return { kernel: 'gemmBatch', args: [...sizes, ...left, ...right, ...result, this.scratch(thread)] };
  }
}

const MAX_HEAP_BYTES = 2 ** 32 - 1;
const guarded = new WeakSet<object>();

/** Out of memory becomes an error with the size asked for; unguarded, tfjs goes on writing at address 0. */
function guardAllocation(backend: WasmBackend): void {
  const { wasm } = backend;
  if (guarded.has(wasm)) return;
  guarded.add(wasm);
  wasm._free(wasm._malloc(16)); // the first call replaces the function
  const allocate = wasm._malloc;
  wasm._malloc = (sizeBytes) => {
    const pointer = sizeBytes <= MAX_HEAP_BYTES ? allocate(sizeBytes) : 0; // larger ones would wrap around
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
