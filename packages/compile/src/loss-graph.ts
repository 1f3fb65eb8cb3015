import * as tf from '@tensorflow/tfjs-core';
import type { LossAndGradients, StepPosition } from '@warmstart/shapes';
import { compareRecordings, requireUnchanged } from './compare-recordings.js';
import { asDrift, CompileError } from './compile-error.js';
import { driftOf } from './drift.js';
import { type EmittedGraph, emitGraph, hostName } from './emit-graph.js';
import { NativeGraph } from './native-graph.js';
import type { Constant, Recording } from './recording.js';
import { type HostValues, replay } from './replay.js';
import { joinOutputs, recordStep, type StepProgram, splitOutputs } from './step-program.js';
import type { GraphSettings } from './step-runtime.js';
import { tensorMemory, viewsOf } from './tensor-memory.js';
import { VariableSnapshot } from './variable-snapshot.js';

/** Host values up to this size are fixed in the graph while they stay the same. */
const smallSize = 16;

/** The step of one structure: one sequence of kernel calls on one set of shapes. */
export class LossGraph {
  readonly #options: GraphSettings;
  readonly #recording: Recording;
  /** Constants that are handed in at every step. */
  readonly #host: Set<number>;
  #graph: NativeGraph | undefined;
  #untilCheck = 1;
  #isProved = false;

  private constructor(recording: Recording, options: GraphSettings) {
    this.#options = options;
    this.#recording = recording;
    const constants = [...recording.constants.values()];
    this.#host = new Set(constants.filter((one) => isReplayed(one) && !isFixed(one)).map(({ id }) => id));
  }

  /**
   * Records a step, compiles it, and makes it.
   *
   * @throws CompileError if it cannot be compiled; the variables that the loss writes are then as before
   */
  static async record(
    program: StepProgram,
    at: StepPosition,
    options: GraphSettings,
  ): Promise<{ graph: LossGraph; result: LossAndGradients }> {
    const before = new VariableSnapshot();
    try {
      const started = performance.now();
      const { recording, result } = recordStep(program, {}, at);
      const recordMilliseconds = performance.now() - started;
      const graph = new LossGraph(recording, options);
      try {
        const emitted = await graph.#load();
        const made = await graph.#runAsRecorded(recording, result, before);
        await graph.#tell(emitted, recordMilliseconds, performance.now() - started, made.difference);
        return { graph, result: made.result };
      } catch (error) {
        await graph.release();
        before.restore();
        throw error;
      } finally {
        tf.dispose([result.loss, ...result.gradients.values()]);
      }
    } finally {
      before.dispose();
    }
  }

  /**
   * What the host puts into this step, if it is one of this structure.
   *
   * @throws CompileError `structure-changed` if it is of another
   */
  async prepare(loss: () => tf.Scalar): Promise<HostValues> {
    const values = replay(this.#recording, loss);
    try {
      const changed = [...values].filter(([id, tensor]) => !this.#host.has(id) && this.#differs(id, tensor));
      if (changed.length === 0) return values;
      for (const [id] of changed) this.#host.add(id);
      await this.#load();
      return values;
    } catch (error) {
      tf.dispose([...values.values()]);
      throw error;
    }
  }

  /** One step on prepared values. @throws CompileError `drift` if a check fails */
  async take(values: HostValues, program: StepProgram, at: StepPosition): Promise<LossAndGradients> {
    const { checkEvery } = this.#options;
    if (checkEvery > 0 && --this.#untilCheck <= 0) {
      this.#untilCheck = checkEvery;
      return this.#check(program, at);
    }
    const feeds = Object.fromEntries([...values].map(([id, tensor]) => [hostName(id), tensor]));
    const outputs = await this.#native.run(tensorMemory(), feeds);
    this.#assignStates(outputs);
    return splitOutputs(outputs);
  }

  async release(): Promise<void> {
    await this.#graph?.release();
    this.#graph = undefined;
  }

  get #native(): NativeGraph {
    if (!this.#graph) throw new Error('compileLoss: steps must come before dispose. Compile a new one.');
    return this.#graph;
  }

  async #load(): Promise<EmittedGraph> {
    const { runtime, threads } = this.#options;
    const emitted = emitGraph(this.#recording, { host: this.#host });
    const loaded = await NativeGraph.load(emitted, runtime, threads);
    await this.release();
    this.#graph = loaded;
    return emitted;
  }

  /** A step that also runs in TensorFlow.js, which must make the same calls and agree. */
  async #check(program: StepProgram, at: StepPosition): Promise<LossAndGradients> {
    const before = new VariableSnapshot();
    try {
      const { recording, result } = recordStep(program, {}, at);
      try {
        const made = await this.#runAsRecorded(recording, result, before);
        this.#isProved = true;
        await this.#options.onEvent({ type: 'step-check', difference: made.difference });
        return made.result;
      } catch (error) {
        before.restore();
        throw error instanceof CompileError && this.#isProved ? asDrift(error) : error;
      } finally {
        tf.dispose([result.loss, ...result.gradients.values()]);
      }
    } finally {
      before.dispose();
    }
  }

  /** The recorded step once more, natively. */
  async #runAsRecorded(
    recording: Recording,
    eager: LossAndGradients,
    before: VariableSnapshot,
  ): Promise<{ result: LossAndGradients; difference: number }> {
    const feeds = this.#feedsOf(recording);
    try {
      const memory = tensorMemory();
      const outputs = await this.#native.run(memory, feeds, (variable) => before.valuesOf(variable));
      try {
        const expected = joinOutputs(eager);
        for (const [name, variable] of recording.states) expected.set(name, variable);
        const { difference, name } = driftOf(viewsOf(memory, expected), viewsOf(memory, outputs));
        if (!(difference <= this.#options.tolerance)) throw this.#drifted(name, difference);
        this.#assignStates(outputs);
        return { result: splitOutputs(outputs), difference };
      } catch (error) {
        tf.dispose([...outputs.values()]);
        throw error;
      }
    } finally {
      tf.dispose(Object.values(feeds));
    }
  }

  /** The host's part of a recorded step, as feeds of this graph. */
  #feedsOf(recording: Recording): Record<string, tf.Tensor> {
    const { changed, twins } = compareRecordings(this.#recording, recording);
    const undeclared = changed.filter((id) => !isReplayed(recording.constants.get(id) as Constant));
    requireUnchanged(recording, undeclared);
    const feeds: Record<string, tf.Tensor> = {};
    for (const id of this.#host) {
      const constant = recording.constants.get(twins.get(id) ?? id) as Constant; // its twin is one too
      feeds[hostName(id)] = tf.tensor(constant.values, [...constant.shape], constant.dtype);
    }
    return feeds;
  }

  #differs(id: number, tensor: tf.Tensor): boolean {
    const before = (this.#recording.constants.get(id) as Constant).values; // replay binds constants only
    const now = tensorMemory().view(tensor);
    return before.some((value, i) => !Object.is(value, now[i]));
  }

  #assignStates(outputs: Map<string, tf.Tensor>): void {
    for (const [name, variable] of this.#recording.states) {
      const written = outputs.get(name) as tf.Tensor; // every state is an output of the graph
      variable.assign(written);
      written.dispose();
      outputs.delete(name);
    }
  }

  #drifted(name: string, difference: number): CompileError {
    return new CompileError(
      'drift',
      `compileLoss: the compiled step must agree with TensorFlow.js within ${this.#options.tolerance}, ` +
        `got a difference of ${difference.toPrecision(2)} in ${name}. Raise tolerance if rounding explains it, ` +
        "or use compile: 'never' and report it.",
    );
  }

  async #tell(emitted: EmittedGraph, record: number, total: number, difference: number): Promise<void> {
    await this.#options.onEvent({
      type: 'step-compile',
      recompiled: this.#options.recompiled,
      shapes: Object.fromEntries([...emitted.feeds].map(([name, { shape }]) => [name, shape])),
      kernelCount: emitted.callCount,
      nodeCount: emitted.nodeCount,
      sizeBytes: emitted.bytes.length,
      recordMilliseconds: record,
      compileMilliseconds: total - record,
      difference,
    });
  }
}

/** Whether every step sees the value anew. */
function isReplayed({ isReadByLoss, writeIndex }: Constant): boolean {
  return isReadByLoss || writeIndex !== undefined;
}

/** Whether a value made inside the loss looks like one that never changes; each step still checks. */
function isFixed({ values, writeIndex }: Constant): boolean {
  if (writeIndex === undefined) return false;
  const [first] = values;
  return values.length <= smallSize || values.every((value) => Object.is(value, first));
}
