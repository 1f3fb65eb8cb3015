import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from './compile-error.js';
import { defaultThreads, loadOnnxRuntime, type OnnxRuntime } from './onnx-runtime.js';
import { runStep } from './run-step.js';
import { ShapeStep } from './shape-step.js';
import {
  type CompiledStep,
  type CompileOptions,
  checkCompileOptions,
  type Feeds,
  type LossAndGradients,
  type StepPosition,
} from './step-options.js';
import { eagerStep, type StepProgram } from './step-program.js';
import { tensorMemory } from './tensor-memory.js';

/**
 * A training step recorded from TensorFlow.js and run as one native graph: the loss, its gradients, and variables
 * that the loss writes, such as BatchNorm statistics. Variables stay TensorFlow.js variables; nothing is copied.
 *
 * The first two steps of each batch shape run in TensorFlow.js and are recorded; they must make the same kernel
 * calls with the same values from outside. From the third on ONNX Runtime runs the step on the backend's memory.
 *
 * @param loss - a scalar from `feeds` and variables. It is not called in compiled steps: whatever else it reads on
 *   the host is fixed at its first value
 * @param variables - what learns, by path
 * @param feeds - everything that changes between steps, from the batch; tensors made here are disposed after the step
 * @throws RangeError for options out of range
 * @throws CompileError `engine-missing` or `backend-unsupported` under `compile: 'always'`; steps throw the others,
 *   and `drift` under any: compiled steps before it may be wrong
 */
export async function compileStep<Batch, Fed extends Feeds>(
  loss: (fed: Fed, at: StepPosition) => tf.Scalar,
  variables: ReadonlyMap<string, tf.Variable>,
  feeds: (batch: Batch, at: StepPosition) => Fed,
  options: CompileOptions = {},
): Promise<CompiledStep<Batch>> {
  checkCompileOptions(variables, options);
  const program: StepProgram = {
    loss: loss as unknown as StepProgram['loss'],
    variables: new Map(variables),
  };
  const step = new Stepper(program, feeds as (batch: Batch, at: StepPosition) => Feeds, options);
  await step.begin();
  return {
    lossAndGradients: (batch, at) => step.lossAndGradients(batch, at),
    run: (batch, at) => runStep('compileStep', options.optimizer, () => step.lossAndGradients(batch, at)),
    dispose: () => step.dispose(),
  };
}

class Stepper<Batch> {
  readonly #program: StepProgram;
  readonly #feeds: (batch: Batch, at: StepPosition) => Feeds;
  readonly #options: CompileOptions;
  readonly #shapes = new Map<string, ShapeStep>();
  #runtime: OnnxRuntime | undefined;
  #taken = 0;
  #disposed = false;

  constructor(
    program: StepProgram,
    feeds: (batch: Batch, at: StepPosition) => Feeds,
    options: CompileOptions,
  ) {
    this.#program = program;
    this.#feeds = feeds;
    this.#options = options;
  }

  /** Finds out whether anything can be compiled here. */
  async begin(): Promise<void> {
    if (this.#options.compile === 'never') return;
    try {
      tensorMemory();
      this.#runtime = await loadOnnxRuntime(this.#options.loadRuntime);
    } catch (error) {
      await this.#giveUp(error);
    }
  }

  async lossAndGradients(batch: Batch, at: StepPosition = this.#position()): Promise<LossAndGradients> {
    if (this.#disposed) throw new Error('compileStep: steps must come before dispose. Compile a new one.');
    const { fed, made } = this.#feed(batch, at);
    try {
      const result = await this.#compute(fed, at);
      this.#taken++;
      return result;
    } finally {
      tf.dispose(made);
    }
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    for (const shape of this.#shapes.values()) await shape.release();
    this.#shapes.clear();
  }

  async #compute(fed: Feeds, at: StepPosition): Promise<LossAndGradients> {
    if (!this.#runtime) return eagerStep(this.#program, fed, at);
    try {
      return await this.#shapeStep(fed, this.#runtime).take(fed, at);
    } catch (error) {
      if (error instanceof CompileError && error.code === 'drift') throw error; // wrong steps may have been made
      await this.#giveUp(error);
      return eagerStep(this.#program, fed, at);
    }
  }

  #shapeStep(fed: Feeds, runtime: OnnxRuntime): ShapeStep {
    const key = Object.entries(fed)
      .map(([name, { dtype, shape }]) => `${name} ${dtype} ${shape}`)
      .join('; ');
    const found = this.#shapes.get(key);
    if (found) return found;
    const { threads = defaultThreads(), tolerance = 0.05, checkEvery = 500 } = this.#options;
    const made = new ShapeStep(this.#program, {
      runtime,
      threads,
      tolerance,
      checkEvery,
      recompiled: this.#shapes.size > 0,
      onEvent: this.#options.onEvent ?? (() => {}),
    });
    this.#shapes.set(key, made);
    return made;
  }

  #feed(batch: Batch, at: StepPosition): { fed: Feeds; made: tf.Tensor[] } {
    let made = new Set<tf.Tensor>();
    const fed = tf.tidy(() => {
      const given = this.#feeds(batch, at);
      made = new Set(tf.engine().state.activeScope.track);
      return { ...given };
    });
    return { fed, made: Object.values(fed).filter((tensor) => made.has(tensor)) };
  }

  /** From now on everything runs in TensorFlow.js, or, if that was ruled out, nothing. */
  async #giveUp(error: unknown): Promise<void> {
    if (!(error instanceof CompileError) || this.#options.compile === 'always') throw error;
    this.#runtime = undefined;
    await this.#options.onEvent?.({ type: 'step-eager', reason: error.message });
  }

  #position(): StepPosition {
    return { step: this.#taken, epoch: 0, micro: 0 };
  }
}
