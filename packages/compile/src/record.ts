import * as tf from '@tensorflow/tfjs-core';
import type { Constant, KernelCall, Recording, TypedArray, ValueRef } from './recording.js';

/** Frames kept of each kernel call: tfjs itself takes about ten. */
const stackDepth = 40;

interface KernelArguments {
  inputs: Record<string, tf.TensorInfo | tf.TensorInfo[] | null | undefined>;
  attrs?: Record<string, unknown>;
  backend: unknown;
}

/**
 * Runs `program` for real while noting every kernel it calls on the backend in use.
 *
 * @param feeds - tensors that stand for inputs, by name; no two may share values, nor share them with a variable
 * @param program - returns the tensors to be outputs, by name; the caller disposes them
 * @returns what was called, and what `program` returned
 */
export function record<Outputs extends ReadonlyMap<string, tf.Tensor>>(
  feeds: ReadonlyMap<string, tf.Tensor>,
  program: () => Outputs,
): { recording: Recording; outputs: Outputs } {
  separateVariables();
  const recorder = new Recorder(feeds);
  const restore = recorder.listen();
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = stackDepth;
  try {
    const outputs = program();
    return { recording: recorder.finish(outputs), outputs };
  } finally {
    Error.stackTraceLimit = depth;
    restore();
  }
}

class Recorder {
  readonly #ids = new Map<object, number>();
  readonly #known = new Set<number>();
  readonly #calls: KernelCall[] = [];
  readonly #constants = new Map<number, Constant>();
  readonly #written = new Map<object, Error>();
  readonly #feeds = new Map<string, ValueRef>();
  readonly #variables = new Map<tf.Variable, ValueRef>();
  #depth = 0;

  constructor(feeds: ReadonlyMap<string, tf.Tensor>) {
    for (const variable of Object.values(tf.engine().registeredVariables)) {
      this.#variables.set(variable, this.#name(variable));
    }
    for (const [name, tensor] of feeds) this.#feeds.set(name, this.#name(tensor));
  }

  /** Puts itself between tfjs and its kernels. @returns what takes it out again */
  listen(): () => void {
    const backendName = tf.getBackend();
    const backend = tf.backend();
    const kernels = tf.getKernelsForBackend(backendName);
    const write = backend.write;
    backend.write = (values, shape, dtype) => {
      const dataId = write.call(backend, values, shape, dtype);
      if (this.#depth === 0 && values !== null) this.#written.set(dataId, new Error());
      return dataId;
    };
    for (const kernel of kernels) {
      replaceKernel(kernel, (kernelArguments) => this.#call(kernel, kernelArguments as KernelArguments));
    }
    return () => {
      backend.write = write;
      for (const kernel of kernels) replaceKernel(kernel, kernel.kernelFunc);
    };
  }

  finish(outputs: ReadonlyMap<string, tf.Tensor>): Recording {
    const named = new Map<string, ValueRef>();
    for (const [name, tensor] of outputs) named.set(name, this.#see(tensor));
    const states = new Map<string, tf.Variable>();
    for (const [variable, before] of this.#variables) {
      if (variable.isDisposed || this.#ids.get(variable.dataId) === before.id) continue;
      const name = `state.${states.size}`;
      states.set(name, variable);
      named.set(name, this.#see(variable));
    }
    return {
      calls: this.#calls,
      constants: this.#constants,
      feeds: this.#feeds,
      variables: this.#variables,
      outputs: named,
      states,
    };
  }

  #call(kernel: tf.KernelConfig, given: KernelArguments): tf.TensorInfo | tf.TensorInfo[] {
    const run = kernel.kernelFunc as (given: KernelArguments) => tf.TensorInfo | tf.TensorInfo[];
    if (this.#depth > 0) return run(given); // a kernel that calls others stands for them
    const inputs: Record<string, ValueRef | ValueRef[]> = {};
    for (const [name, input] of Object.entries(given.inputs)) {
      if (input) inputs[name] = Array.isArray(input) ? input.map((one) => this.#see(one)) : this.#see(input);
    }
    this.#depth++;
    let made: tf.TensorInfo | tf.TensorInfo[];
    try {
      made = run(given);
    } finally {
      this.#depth--;
    }
    const outputs = (Array.isArray(made) ? made : [made]).map((one) => this.#name(one));
    const attributes = structuredClone({ ...given.attrs });
    this.#calls.push({ kernel: kernel.kernelName, inputs, attributes, outputs, trace: new Error() });
    return made;
  }

  #name({ dataId, shape, dtype }: tf.TensorInfo): ValueRef {
    const id = this.#ids.get(dataId) ?? this.#ids.size;
    this.#ids.set(dataId, id);
    this.#known.add(id);
    return { id, shape: [...shape], dtype };
  }

  /** A value that is read; a constant, if nobody made it. */
  #see(info: tf.TensorInfo): ValueRef {
    const seen = this.#ids.get(info.dataId);
    const isKnown = seen !== undefined && this.#known.has(seen);
    const ref = this.#name(info);
    if (!isKnown) {
      const values = readNow(info);
      this.#constants.set(ref.id, { ...ref, values, trace: this.#written.get(info.dataId) ?? new Error() });
    }
    return ref;
  }
}

/** Gives variables that share values (all made from one tensor, say) values of their own. */
function separateVariables(): void {
  const seen = new Set<object>();
  for (const variable of Object.values(tf.engine().registeredVariables)) {
    if (seen.has(variable.dataId)) {
      const own = copyTensor(variable);
      variable.assign(own);
      own.dispose();
    }
    seen.add(variable.dataId);
  }
}

/** The same values in memory of their own; the caller disposes it. */
export function copyTensor(tensor: tf.Tensor): tf.Tensor {
  return tf.tensor(readNow(tensor), tensor.shape, tensor.dtype);
}

/** A copy of the values on the host, at once: the backends that can be compiled hold them there anyway. */
export function readNow({ dataId, dtype }: tf.TensorInfo): TypedArray {
  const read = tf.backend().readSync(dataId as never) as unknown as ArrayLike<number>;
  if (dtype === 'int32') return Int32Array.from(read);
  return dtype === 'bool' ? Uint8Array.from(read) : Float32Array.from(read);
}

function replaceKernel(kernel: tf.KernelConfig, kernelFunc: tf.KernelFunc): void {
  tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel({ ...kernel, kernelFunc });
}
