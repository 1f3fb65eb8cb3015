import * as tf from '@tensorflow/tfjs-core';
import type { LossAndGradients, StepPosition } from '@warmstart/shapes';
import { compareRecordings, requireUnchanged } from './compare-recordings.js';
import { asDrift, CompileError } from './compile-error.js';
import { type Drift, driftOf } from './drift.js';
import { emitGraph } from './emit-graph.js';
import { NativeGraph } from './native-graph.js';
import { copyTensor } from './record.js';
import type { Recording } from './recording.js';
import type { Feeds } from './step-options.js';
import { joinOutputs, recordStep, type StepProgram, splitOutputs } from './step-program.js';
import type { GraphSettings } from './step-runtime.js';
import { tensorMemory, viewsOf } from './tensor-memory.js';
import { VariableSnapshot } from './variable-snapshot.js';

/** The step for one batch shape: recorded, recorded again, then compiled. */
export class ShapeStep {
  readonly #program: StepProgram;
  readonly #options: GraphSettings;
  #recording: Recording | undefined;
  #graph: NativeGraph | undefined;
  #recordMilliseconds = 0;
  #sinceCheck = 0;

  constructor(program: StepProgram, options: GraphSettings) {
    this.#program = program;
    this.#options = options;
  }

  /**
   * One step.
   *
   * @throws CompileError if the second recording differs, cannot be translated, or a check finds drift; the
   *   variables that the loss writes are then as they were before the step
   */
  async take(fed: Feeds, at: StepPosition): Promise<LossAndGradients> {
    if (!this.#graph) return this.#record(fed, at);
    const { checkEvery } = this.#options;
    if (checkEvery > 0 && ++this.#sinceCheck >= checkEvery) return this.#check(this.#graph, fed, at);
    const outputs = await this.#graph.run(tensorMemory(), fed);
    for (const [name, variable] of (this.#recording as Recording).states) {
      const written = outputs.get(name) as tf.Tensor; // every state is an output of the graph
      variable.assign(written);
      written.dispose();
    }
    return splitOutputs(outputs);
  }

  async release(): Promise<void> {
    await this.#graph?.release();
    this.#graph = undefined;
  }

  async #record(fed: Feeds, at: StepPosition): Promise<LossAndGradients> {
    return this.#withOwnFeeds(fed, async (own) => {
      const before = new VariableSnapshot();
      try {
        const started = performance.now();
        const { recording, result } = recordStep(this.#program, own, at);
        this.#recordMilliseconds += performance.now() - started;
        const earlier = this.#recording;
        this.#recording = recording;
        if (!earlier) return result;
        return await disposeOnError(result, before, async () => {
          await this.#compile(earlier, recording, { fed: own, result, before });
          return result;
        });
      } finally {
        before.dispose();
      }
    });
  }

  async #compile(earlier: Recording, recording: Recording, step: RecordedStep): Promise<void> {
    const { runtime, threads, onEvent, recompiled } = this.#options;
    const started = performance.now();
    requireUnchanged(recording, compareRecordings(earlier, recording).changed);
    const emitted = emitGraph(recording);
    const graph = await NativeGraph.load(emitted, runtime, threads);
    let drift: Drift;
    try {
      drift = await this.#compare(graph, recording, step);
    } catch (error) {
      await graph.release();
      throw error;
    }
    this.#graph = graph;
    const shapes = Object.entries(step.fed).map(([name, { shape }]) => [name, shape]);
    await onEvent({
      type: 'step-compile',
      recompiled,
      shapes: Object.fromEntries(shapes),
      kernelCount: emitted.callCount,
      nodeCount: emitted.nodeCount,
      sizeBytes: emitted.bytes.length,
      recordMilliseconds: this.#recordMilliseconds,
      compileMilliseconds: performance.now() - started,
      difference: drift.difference,
    });
  }

  /** A step in TensorFlow.js whose kernels and results must be those of the graph. */
  async #check(graph: NativeGraph, fed: Feeds, at: StepPosition): Promise<LossAndGradients> {
    this.#sinceCheck = 0;
    return this.#withOwnFeeds(fed, async (own) => {
      const before = new VariableSnapshot();
      try {
        const { recording, result } = recordStep(this.#program, own, at);
        return await disposeOnError(result, before, async () => {
          this.#requireSame(recording);
          const { difference } = await this.#compare(graph, recording, { fed: own, result, before });
          await this.#options.onEvent({ type: 'step-check', difference });
          return result;
        });
      } finally {
        before.dispose();
      }
    });
  }

  /** @throws CompileError `drift`: the graph has stood for another program */
  #requireSame(recording: Recording): void {
    try {
      requireUnchanged(recording, compareRecordings(this.#recording as Recording, recording).changed);
    } catch (cause) {
      throw cause instanceof CompileError ? asDrift(cause) : cause;
    }
  }

  async #compare(graph: NativeGraph, recording: Recording, step: RecordedStep): Promise<Drift> {
    const memory = tensorMemory();
    const compiled = await graph.run(memory, step.fed, (variable) => step.before.valuesOf(variable));
    const eager = joinOutputs(step.result);
    for (const [name, variable] of recording.states) eager.set(name, variable);
    const drift = driftOf(viewsOf(memory, eager), viewsOf(memory, compiled));
    tf.dispose([...compiled.values()]);
    const { tolerance } = this.#options;
    if (drift.difference <= tolerance) return drift;
    throw new CompileError(
      'drift',
      `compileStep: the compiled step must agree with TensorFlow.js within ${tolerance}, ` +
        `got a difference of ${drift.difference.toPrecision(2)} in ${drift.name}. ` +
        'Does the loss depend on something that is not fed? Otherwise raise tolerance, ' +
        "or use compile: 'never' and report it.",
    );
  }

  /** Gives feeds that share values with each other or with a variable values of their own while recording. */
  async #withOwnFeeds<T>(fed: Feeds, run: (own: Feeds) => Promise<T>): Promise<T> {
    const taken = new Set<object>(
      Object.values(tf.engine().registeredVariables).map(({ dataId }) => dataId as object),
    );
    const copies: tf.Tensor[] = [];
    const own: Record<string, tf.Tensor> = {};
    for (const [name, tensor] of Object.entries(fed)) {
      const isShared = taken.has(tensor.dataId);
      taken.add(tensor.dataId);
      own[name] = isShared ? copyTensor(tensor) : tensor;
      if (isShared) copies.push(own[name] as tf.Tensor);
    }
    try {
      return await run(own);
    } finally {
      tf.dispose(copies);
    }
  }
}

interface RecordedStep {
  fed: Feeds;
  result: LossAndGradients;
  before: VariableSnapshot;
}

async function disposeOnError<T>(
  { loss, gradients }: LossAndGradients,
  before: VariableSnapshot,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    tf.dispose([loss, ...gradients.values()]);
    before.restore();
    throw error;
  }
}
