import * as tf from '@tensorflow/tfjs-core';
import type { Constant, KernelCall, Recording, TensorValues, ValueRef } from './recording.js';
import { type KernelArguments, replaceKernels } from './replace-kernels.js';

/** Frames kept of each kernel call: tfjs itself takes about ten. */
const stackDepth = 40;

/**
 * Runs `program` for real while noting every kernel it calls on the backend in use.
 *
 * @param feeds - tensors that stand for inputs, by name; no two may share values, nor share them with a variable
 * @param program - returns the tensors to be outputs, by name; the caller disposes them. It calls what it is given
 *   once its loss is computed, and only gradients are left
 * @returns what was called, and what `program` returned
 */
export function record<Outputs extends ReadonlyMap<string, tf.Tensor>>(
  feeds: ReadonlyMap<string, tf.Tensor>,
  program: (lossIsComputed: () => void) => Outputs,
): { recording: Recording; outputs: Outputs } {
  separateVariables();
  const recorder = new Recorder(feeds);
  const restore = recorder.listen();
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = stackDepth;
  try {
    const outputs = program(() => recorder.lossIsComputed());
    return { recording: recorder.finish(outputs), outputs };
  } finally {
    Error.stackTraceLimit = depth;
    restore();
  }
}

/** Where the program stands, deep enough to see who called tfjs. */
export function deepTrace(): Error {
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = stackDepth;
  try {
    return new Error();
  } finally {
    Error.stackTraceLimit = depth;
  }
}

class Recorder {
  readonly #ids = new Map<object, number>();
  readonly #known = new Set<number>();
  readonly #calls: KernelCall[] = [];
  readonly #constants = new Map<number, Constant>();
  readonly #written = new Map<object, { index: number | undefined; trace: Error }>();
  readonly #feeds = new Map<string, ValueRef>();
  readonly #variables = new Map<tf.Variable, ValueRef>();
  #depth = 0;
  #loss: { callCount: number; writeCount: number } | undefined;

  constructor(feeds: ReadonlyMap<string, tf.Tensor>) {
    for (const variable of Object.values(tf.engine().registeredVariables)) {
      this.#variables.set(variable, this.#name(variable));
    }
    for (const [name, tensor] of feeds) this.#feeds.set(name, this.#name(tensor));
  }

  /** Puts itself between tfjs and its kernels. @returns what takes it out again */
  listen(): () => void {
    const backend = tf.backend();
    const write = backend.write;
    backend.write = (values, shape, dtype) => {
      const dataId = write.call(backend, values, shape, dtype);
      if (this.#depth === 0 && values !== null)
        this.#written.set(dataId, {
          index: this.#loss ? undefined : this.#written.size,
          trace: new Error(),
        });
      return dataId;
    };
    const restore = replaceKernels((kernel) => (given) => this.#call(kernel, given as KernelArguments));
    return () => {
      backend.write = write;
      restore();
    };
  }

  lossIsComputed(): void {
    this.#loss = { callCount: this.#calls.length, writeCount: this.#written.size };
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
    if (!this.#loss) this.lossIsComputed();
    const { callCount, writeCount } = this.#loss as { callCount: number; writeCount: number }; // set just now
    return {
      calls: this.#calls,
      lossCallCount: callCount,
      lossWriteCount: writeCount,
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
    const givesList = Array.isArray(made);
    const outputs = (Array.isArray(made) ? made : [made]).map((one) => this.#name(one));
    const attributes = structuredClone({ ...given.attrs });
    const call = { kernel: kernel.kernelName, inputs, attributes, outputs, givesList, trace: new Error() };
    this.#calls.push(call);
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
      const written = this.#written.get(info.dataId);
      this.#constants.set(ref.id, {
        ...ref,
        values,
        trace: written?.trace ?? new Error(),
        ...(written?.index !== undefined && { writeIndex: written.index }),
        isReadByLoss: !this.#loss,
      });
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
export function readNow({ dataId, dtype }: tf.TensorInfo): TensorValues {
  const read = tf.backend().readSync(dataId as never) as unknown as ArrayLike<number>;
  if (dtype === 'int32') return Int32Array.from(read);
  return dtype === 'bool' ? Uint8Array.from(read) : Float32Array.from(read);
}
