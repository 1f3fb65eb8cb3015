import * as tf from '@tensorflow/tfjs-core';
import type { LossAndGradients, StepPosition } from '@warmstart/shapes';
import { CompileError } from './compile-error.js';
import { runStep } from './run-step.js';
import { ShapeStep } from './shape-step.js';
import { type CompiledStep, type CompileOptions, checkCompileOptions, type Feeds } from './step-options.js';
import { eagerStep, type StepProgram } from './step-program.js';
import { StepRuntime } from './step-runtime.js';

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
 * @throws TypeError or RangeError for options of another kind or out of range
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
  const runtime = await StepRuntime.start(options);
  const step = new Stepper(program, feeds as (batch: Batch, at: StepPosition) => Feeds, runtime);
  return {
    lossAndGradients: (batch, at) => step.lossAndGradients(batch, at),
    run: (batch, at) => runStep('compileStep', options.optimizer, () => step.lossAndGradients(batch, at)),
    dispose: () => step.dispose(),
  };
}

class Stepper<Batch> {
  readonly #program: StepProgram;
  readonly #feeds: (batch: Batch, at: StepPosition) => Feeds;
  readonly #runtime: StepRuntime;
  readonly #shapes = new Map<string, ShapeStep>();
  #taken = 0;
  #disposed = false;

  constructor(program: StepProgram, feeds: (batch: Batch, at: StepPosition) => Feeds, runtime: StepRuntime) {
    this.#program = program;
    this.#feeds = feeds;
    this.#runtime = runtime;
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
    if (!this.#runtime.isNative) return eagerStep(this.#program, fed, at);
    try {
      return await this.#shapeStep(fed).take(fed, at);
    } catch (error) {
      if (error instanceof CompileError && error.code === 'drift') throw error; // wrong steps may have been made
      await this.#runtime.giveUp(error);
      return eagerStep(this.#program, fed, at);
    }
  }

  #shapeStep(fed: Feeds): ShapeStep {
    const key = Object.entries(fed)
      .map(([name, { dtype, shape }]) => `${name} ${dtype} ${shape}`)
      .join('; ');
    const found = this.#shapes.get(key);
    if (found) return found;
    const made = new ShapeStep(this.#program, this.#runtime.settings(this.#shapes.size > 0));
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

  #position(): StepPosition {
    return { step: this.#taken, epoch: 0, micro: 0 };
  }
}
