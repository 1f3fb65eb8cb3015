import type * as tf from '@tensorflow/tfjs-core';
import { CompileError } from './compile-error.js';
import { elementTypeNumber, OnnxGraph } from './onnx-graph.js';
import {
  type Constant,
  inputsOf,
  type KernelCall,
  lineOf,
  type Recording,
  type ValueRef,
} from './recording.js';
import { elementType, type Scope, sameShape, UntranslatableError } from './translate/translator.js';
import { translatorOf } from './translate/translators.js';

/** The name of the open axis in the file. */
const batchAxis = 'batch';

/** A recording as a model file, and what must be bound to run it. */
export interface EmittedGraph {
  bytes: Uint8Array;
  nodeCount: number;
  /** Calls that the outputs depend on. */
  callCount: number;
  /** Inputs by name; feeds first. */
  feeds: Map<string, ValueRef>;
  variables: Map<string, { variable: tf.Variable; ref: ValueRef }>;
  outputs: ReadonlyMap<string, ValueRef>;
}

/**
 * Writes a recording as an ONNX graph, leaving out what no output needs.
 *
 * @param options.weights - gives the values of a variable; only when they are to be fixed in the file
 * @param options.host - ids of constants that become feeds, named by {@link hostName}
 * @param options.unfoldUpTo - see {@link Scope.unfoldUpTo}; 0 with `weights`, as fixed filters are arranged once
 * @throws CompileError `kernel-unknown`, naming the kernel and the line that called it
 */
export function emitGraph(recording: Recording, options: EmitOptions = {}): EmittedGraph {
  return new Emitter(recording, options).emit();
}

/** Windows of 8 MB stay in the cache of most processors. */
const windowsInCache = 2 ** 21;

interface EmitOptions {
  weights?: (variable: tf.Variable) => ArrayLike<number>;
  host?: ReadonlySet<number>;
  unfoldUpTo?: number;
}

/** The name of the feed that stands for a constant. */
export function hostName(id: number): string {
  return `host.${id}`;
}

interface Named {
  name: string;
  shape: readonly number[];
  dtype: tf.DataType;
}

class Emitter {
  readonly #recording: Recording;
  readonly #weights: ((variable: tf.Variable) => ArrayLike<number>) | undefined;
  readonly #host: ReadonlySet<number>;
  readonly #graph = new OnnxGraph();
  readonly #values = new Map<number, Named>();
  readonly #aliases = new Map<string, string>();
  readonly #feeds = new Map<string, ValueRef>();
  readonly #variables = new Map<string, { variable: tf.Variable; ref: ValueRef }>();
  readonly #scope: Scope;
  #batch: string | undefined;

  constructor(recording: Recording, { weights, host = new Set(), unfoldUpTo }: EmitOptions) {
    this.#recording = recording;
    this.#weights = weights;
    this.#host = host;
    this.#scope = {
      graph: this.#graph,
      value: (ref) => this.#value(ref),
      shape: (ref) => this.#shape(ref),
      reshape: (value, ref) => this.#graph.node('Reshape', [value, this.#target(ref)]),
      constant: ({ id }) => (host.has(id) ? undefined : recording.constants.get(id)?.values),
      unfoldUpTo: unfoldUpTo ?? (weights ? 0 : windowsInCache),
      notes: new Map(),
    };
  }

  emit(): EmittedGraph {
    const { calls, needed } = this.#live();
    this.#openInputs(needed);
    for (const call of calls) this.#translate(call);
    for (const [name, ref] of this.#recording.outputs) {
      this.#graph.output(name, this.#value(ref), elementType(ref.dtype), openShape(ref));
    }
    return {
      bytes: this.#graph.encode(),
      nodeCount: this.#graph.nodeCount,
      callCount: calls.length,
      feeds: this.#feeds,
      variables: this.#variables,
      outputs: this.#recording.outputs,
    };
  }

  /** The calls whose results reach an output, and the values they read. */
  #live(): { calls: KernelCall[]; needed: Set<number> } {
    const needed = new Set([...this.#recording.outputs.values()].map(({ id }) => id));
    const calls: KernelCall[] = [];
    for (const call of [...this.#recording.calls].reverse()) {
      if (!call.outputs.some(({ id }) => needed.has(id))) continue;
      calls.push(call);
      for (const { id } of inputsOf(call)) needed.add(id);
    }
    return { calls: calls.reverse(), needed };
  }

  #openInputs(needed: ReadonlySet<number>): void {
    const { feeds, constants } = this.#recording;
    const host = [...constants.values()].filter(({ id }) => this.#host.has(id));
    for (const [name, ref] of [...feeds, ...host.map((one): [string, ValueRef] => [hostName(one.id), one])]) {
      if (!needed.has(ref.id)) continue;
      this.#graph.input(name, elementType(ref.dtype), openShape(ref));
      this.#feeds.set(name, ref);
      this.#values.set(ref.id, { name, shape: ref.shape, dtype: ref.dtype });
    }
    for (const [variable, ref] of this.#recording.variables) {
      if (!needed.has(ref.id) || this.#values.has(ref.id)) continue;
      const type = elementType(ref.dtype);
      if (this.#weights) {
        const name = this.#graph.constant(type, ref.shape, this.#weights(variable));
        this.#values.set(ref.id, { name, shape: ref.shape, dtype: ref.dtype });
        continue;
      }
      const name = `variable.${this.#variables.size}`;
      this.#graph.input(name, type, ref.shape);
      this.#variables.set(name, { variable, ref });
      this.#values.set(ref.id, { name, shape: ref.shape, dtype: ref.dtype });
    }
  }

  #translate(call: KernelCall): void {
    const translate = translatorOf(call.kernel);
    try {
      if (!translate) throw new UntranslatableError('no translator');
      const made = translate(call, this.#scope);
      for (const [index, name] of (Array.isArray(made) ? made : [made]).entries()) {
        const ref = call.outputs[index] as ValueRef; // translators name as many values as the kernel made
        // a kernel that only renames hands on its input's values
        if (!this.#values.has(ref.id)) this.#values.set(ref.id, { name, shape: ref.shape, dtype: ref.dtype });
      }
    } catch (cause) {
      if (!(cause instanceof UntranslatableError)) throw cause;
      const line = lineOf(call.trace);
      const what = translate ? `kernel ${call.kernel} with ${cause.message}` : `kernel ${call.kernel}`;
      throw new CompileError(
        'kernel-unknown',
        `${this.#weights ? 'exportOnnx' : 'compileStep'}: every kernel must have an ONNX counterpart, got ${what}, called at ${line}. ` +
          (this.#weights
            ? 'Compute it outside the model and pass the result as an input.'
            : "Compute it outside the loss and feed the result, or use compile: 'never'."),
        { kernel: call.kernel, line, cause },
      );
    }
  }

  #value(ref: ValueRef): string {
    const found = this.#values.get(ref.id) ?? this.#constant(ref);
    const isSame = sameShape(found.shape, ref.shape);
    if (isSame && found.dtype === ref.dtype) return found.name;
    const key = `${found.name} ${ref.shape} ${ref.dtype}`;
    const known = this.#aliases.get(key);
    if (known) return known;
    // The cpu backend lets values of one type pass for another where none is lost.
    const to = { to: elementTypeNumber(elementType(ref.dtype)) };
    const cast = found.dtype === ref.dtype ? found.name : this.#graph.node('Cast', [found.name], to);
    const name = isSame ? cast : this.#graph.node('Reshape', [cast, this.#target(ref)]);
    this.#aliases.set(key, name);
    return name;
  }

  #constant(ref: ValueRef): Named {
    const constant = this.#recording.constants.get(ref.id);
    if (!constant)
      throw new Error(`compileStep: value ${ref.id} was never made. This is a fault of the recorder.`);
    const type = elementType(constant.dtype);
    const named = {
      name: isSplat(constant)
        ? this.#graph.node('Expand', [
            this.#graph.scalar(constant.values[0] as number, type),
            this.#shape(constant),
          ])
        : this.#graph.constant(type, constant.shape, constant.values),
      shape: constant.shape,
      dtype: constant.dtype,
    };
    this.#values.set(ref.id, named);
    return named;
  }

  /** A shape to reshape to: an open axis is what the rest leaves over. */
  #target(ref: ValueRef): string {
    const open = ref.perExample?.filter((times) => times > 0).length ?? 0;
    if (open !== 1) return this.#shape(ref);
    return this.#graph.list(ref.shape.map((size, axis) => (ref.perExample?.[axis] ? -1 : size)));
  }

  #shape(ref: ValueRef): string {
    const times = ref.perExample;
    if (!times?.some((count) => count > 0)) return this.#graph.list(ref.shape);
    const axes = ref.shape.map((size, axis) => {
      const count = times[axis] as number;
      return count === 0
        ? this.#graph.list([size])
        : this.#graph.node('Mul', [this.#batchSize(), this.#graph.list([count])]);
    });
    return this.#graph.node('Concat', axes, { axis: 0 });
  }

  /** The batch size, as a list of one. */
  #batchSize(): string {
    if (this.#batch) return this.#batch;
    for (const [name, ref] of this.#feeds) {
      const axis = ref.perExample?.indexOf(1) ?? -1;
      if (axis < 0) continue;
      this.#batch = this.#graph.node('Gather', [this.#graph.node('Shape', [name]), this.#graph.list([axis])]);
      return this.#batch;
    }
    throw new UntranslatableError('a batch size that no input shows');
  }
}

function openShape({ shape, perExample }: ValueRef): (number | string)[] {
  return shape.map((size, axis) => {
    const times = perExample?.[axis] ?? 0;
    if (times === 0) return size;
    return times === 1 ? batchAxis : `${batchAxis}_x${times}`;
  });
}

function isSplat({ values, perExample }: Constant): boolean {
  if (values.length <= 16 && !perExample?.some((times) => times > 0)) return false;
  const [first] = values;
  return values.every((value) => Object.is(value, first));
}
