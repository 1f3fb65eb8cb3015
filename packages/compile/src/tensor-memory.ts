import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from './compile-error.js';
import type { TensorValues, ValueRef } from './recording.js';

interface WasmBackend extends tf.KernelBackend {
  typedArrayFromHeap(info: tf.TensorInfo): TensorValues;
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  wasm: { HEAPU8: Uint8Array };
}

/** A new tensor, and its values to be written. */
export interface WritableTensor {
  tensor: tf.Tensor;
  values: TensorValues;
}

/** Where a backend keeps values, as arrays that others may read and write. */
export interface TensorMemory {
  /** The tensor's values themselves, where the backend allows it; valid until memory grows or the tensor goes. */
  view(info: tf.TensorInfo): TensorValues;
  /** Tensors whose values are not yet set. */
  make(refs: readonly ValueRef[]): WritableTensor[];
}

/**
 * The memory of the backend in use.
 *
 * @throws CompileError `backend-unsupported` for other backends than wasm (one thread) and cpu
 */
export function tensorMemory(): TensorMemory {
  const name = tf.getBackend();
  if (name === 'cpu') return cpuMemory;
  if (name !== 'wasm') {
    throw unsupported(`the backend must be wasm or cpu, got ${name}`, 'Choose wasm first.');
  }
  const { buffer } = (tf.backend() as WasmBackend).wasm.HEAPU8;
  if (typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer) {
    throw unsupported(
      'the wasm backend must run on one thread, got a shared heap, which ONNX Runtime refuses',
      "Call tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false) before the backend starts.",
    );
  }
  return wasmMemory;
}

function unsupported(what: string, remedy: string): CompileError {
  return new CompileError('backend-unsupported', `compileStep: ${what}. ${remedy}`);
}

const wasmMemory: TensorMemory = {
  view: (info) => (tf.backend() as WasmBackend).typedArrayFromHeap(info),
  make: (refs) => {
    const backend = tf.backend() as WasmBackend;
    const infos = refs.map(({ shape, dtype }) => backend.makeOutput([...shape], dtype));
    // Views only now: an allocation may have moved the heap.
    return infos.map((info) => ({
      tensor: tf.engine().makeTensorFromTensorInfo(info),
      values: backend.typedArrayFromHeap(info),
    }));
  },
};

const cpuMemory: TensorMemory = {
  view: ({ dataId, dtype }) => {
    const values = tf.backend().readSync(dataId as never) as unknown as ArrayLike<number>;
    if (dtype === 'int32') return values instanceof Int32Array ? values : Int32Array.from(values);
    if (dtype === 'bool') return values instanceof Uint8Array ? values : Uint8Array.from(values);
    return values instanceof Float32Array ? values : Float32Array.from(values);
  },
  make: (refs) =>
    refs.map(({ shape, dtype }) => {
      const size = tf.util.sizeFromShape([...shape]);
      const values =
        dtype === 'int32'
          ? new Int32Array(size)
          : dtype === 'bool'
            ? new Uint8Array(size)
            : new Float32Array(size);
      return { tensor: tf.tensor(values, [...shape], dtype), values };
    }),
};

/** The values of tensors by name, as `memory` holds them. */
export function viewsOf(
  memory: TensorMemory,
  tensors: ReadonlyMap<string, tf.Tensor>,
): Map<string, TensorValues> {
  return new Map([...tensors].map(([name, tensor]) => [name, memory.view(tensor)]));
}
