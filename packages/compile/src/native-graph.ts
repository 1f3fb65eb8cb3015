import type * as tf from '@tensorflow/tfjs-core';
import { CompileError } from './compile-error.js';
import type { EmittedGraph } from './emit-graph.js';
import type { OnnxRuntime, OnnxSession } from './onnx-runtime.js';
import type { TensorValues, ValueRef } from './recording.js';
import type { TensorMemory } from './tensor-memory.js';

/** A graph loaded into ONNX Runtime, run on the memory of tensors. */
export class NativeGraph {
  readonly #emitted: EmittedGraph;
  readonly #runtime: OnnxRuntime;
  readonly #session: OnnxSession;

  private constructor(emitted: EmittedGraph, runtime: OnnxRuntime, session: OnnxSession) {
    this.#emitted = emitted;
    this.#runtime = runtime;
    this.#session = session;
  }

  /** @throws CompileError `out-of-memory`, with the graph's size */
  static async load(emitted: EmittedGraph, runtime: OnnxRuntime, threads: number): Promise<NativeGraph> {
    const options = {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      // Waiting threads sleep: spinning ones take half the processor from everything else, scouts first.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    };
    try {
      return new NativeGraph(emitted, runtime, await runtime.InferenceSession.create(emitted.bytes, options));
    } catch (error) {
      throw explain(error, emitted);
    }
  }

  /**
   * Runs the graph once. Nothing is copied: inputs are read and outputs written where the backend keeps them.
   *
   * @param feeds - a tensor for each feed of the graph
   * @param valuesOf - what to read for a variable; the variable itself, if not given
   * @returns a new tensor per output, which the caller disposes
   */
  async run(
    memory: TensorMemory,
    feeds: Readonly<Record<string, tf.TensorInfo>>,
    valuesOf: (variable: tf.Variable) => tf.TensorInfo = (variable) => variable,
  ): Promise<Map<string, tf.Tensor>> {
    const outputs = [...this.#emitted.outputs];
    const made = memory.make(outputs.map(([, ref]) => ref));
    const inputs: [string, tf.TensorInfo, ValueRef][] = [
      ...[...this.#emitted.feeds].map(([name, ref]): [string, tf.TensorInfo, ValueRef] => [
        name,
        feeds[name] as tf.TensorInfo, // the cache chose this graph by the feeds' names and shapes
        ref,
      ]),
      ...[...this.#emitted.variables].map(([name, { variable, ref }]): [string, tf.TensorInfo, ValueRef] => [
        name,
        valuesOf(variable),
        ref,
      ]),
    ];
    try {
      for (;;) {
        // Bound anew each time: an optimizer may have moved a variable, an allocation the whole heap.
        const bound = inputs.map(([name, info, ref]) => ({ name, ref, values: memory.view(info) }));
        const targets = outputs.map(([name, ref], i) => {
          const { tensor, values } = made[i] as (typeof made)[number];
          return { name, ref, values: values.length === 0 ? memory.view(tensor) : values };
        });
        try {
          await this.#session.run(this.#bind(bound), this.#bind(targets));
          return new Map(outputs.map(([name], i) => [name, (made[i] as (typeof made)[number]).tensor]));
        } catch (error) {
          // The run starts a turn of the event loop later; if other work made the heap grow meanwhile, once more.
          if (!bound.some(({ values, ref }) => isDetached(values, ref))) throw error;
        }
      }
    } catch (error) {
      for (const { tensor } of made) tensor.dispose();
      throw explain(error, this.#emitted);
    }
  }

  release(): Promise<void> {
    return this.#session.release();
  }

  #bind(values: { name: string; ref: ValueRef; values: TensorValues }[]): Record<string, unknown> {
    const bound: Record<string, unknown> = {};
    for (const { name, ref, values: data } of values) {
      bound[name] = new this.#runtime.Tensor(ref.dtype, data, ref.shape);
    }
    return bound;
  }
}

function isDetached(values: TensorValues, { shape }: ValueRef): boolean {
  return values.length === 0 && shape.every((size) => size > 0);
}

function explain(error: unknown, { bytes, nodeCount, outputs }: EmittedGraph): unknown {
  const message = String(error instanceof Error ? error.message : error);
  if (!/alloc|out of memory/i.test(message)) return error;
  const values = [...outputs.values()].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return new CompileError(
    'out-of-memory',
    `compileStep: the graph must fit into memory, but ONNX Runtime could not allocate for ${nodeCount} nodes, ` +
      `${bytes.length} bytes of graph and ${4 * values} bytes of results (${message.split('\n')[0]}). ` +
      'Use a smaller batch.',
    { cause: error },
  );
}
