import type * as tf from '@tensorflow/tfjs-core';
import type { LossAndGradients, StepPosition } from '@warmstart/shapes';
import { CompileError } from './compile-error.js';
import { LossGraph } from './loss-graph.js';
import { runStep } from './run-step.js';
import { type CompiledStep, type CompileOptions, checkCompileOptions } from './step-options.js';
import { eagerStep, type StepProgram } from './step-program.js';
import { StepRuntime } from './step-runtime.js';

/** Structures that one loss may have: batch shapes, mostly. */
const mostStructures = 16;

/**
 * A loss of any batches, run as one native graph: the step that `compileStep` gives, without declared feeds.
 *
 * The loss is called at every step, but computes nothing: kernels only pass on shapes, which takes microseconds
 * each. What it takes from the host, the batch's tensors or dropout masks that a model draws, is handed to the
 * graph; a step of other kernel calls gets a graph of its own. Of each graph the first two steps, and then every
 * `checkEvery`-th, also run in TensorFlow.js, and must agree.
 *
 * @param loss - a scalar from a batch and variables; it must return all that it computes and draw what is random
 *   from the position or from a stream of its own, as it is called twice in some steps
 * @param variables - what learns, by path
 * @throws TypeError or RangeError for options of another kind or out of range
 * @throws CompileError `engine-missing` or `backend-unsupported` under `compile: 'always'`; steps throw the others,
 *   and a `drift` found later under any: compiled steps before it may be wrong
 */
export async function compileLoss<Batch>(
  loss: (batch: Batch, at: StepPosition) => tf.Scalar,
  variables: ReadonlyMap<string, tf.Variable>,
  options: CompileOptions = {},
): Promise<CompiledStep<Batch>> {
  checkCompileOptions(variables, options);
  const step = new LossStepper(loss, new Map(variables), await StepRuntime.start(options));
  return {
    lossAndGradients: (batch, at) => step.lossAndGradients(batch, at),
    run: (batch, at) => runStep('compileLoss', options.optimizer, () => step.lossAndGradients(batch, at)),
    dispose: () => step.dispose(),
  };
}

class LossStepper<Batch> {
  readonly #loss: (batch: Batch, at: StepPosition) => tf.Scalar;
  readonly #variables: ReadonlyMap<string, tf.Variable>;
  readonly #runtime: StepRuntime;
  /** The one used last comes first. */
  #graphs: LossGraph[] = [];
  #taken = 0;
  #disposed = false;

  constructor(
    loss: (batch: Batch, at: StepPosition) => tf.Scalar,
    variables: ReadonlyMap<string, tf.Variable>,
    runtime: StepRuntime,
  ) {
    this.#loss = loss;
    this.#variables = variables;
    this.#runtime = runtime;
  }

  async lossAndGradients(batch: Batch, at?: StepPosition): Promise<LossAndGradients> {
    if (this.#disposed) throw new Error('compileLoss: steps must come before dispose. Compile a new one.');
    const position = at ?? { step: this.#taken, epoch: 0, micro: 0 };
    const program = { loss: () => this.#loss(batch, position), variables: this.#variables };
    const result = await this.#compute(program, position);
    this.#taken++;
    return result;
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#release();
  }

  async #compute(program: StepProgram, at: StepPosition): Promise<LossAndGradients> {
    if (!this.#runtime.isNative) return eagerStep(program, {}, at);
    let known: LossAndGradients | undefined;
    try {
      known = await this.#known(program, at);
    } catch (error) {
      if (error instanceof CompileError && error.code === 'drift') throw error; // wrong steps may have been made
      return this.#eager(error, program, at);
    }
    if (known) return known;
    try {
      return await this.#record(program, at);
    } catch (error) {
      return this.#eager(error, program, at);
    }
  }

  async #eager(reason: unknown, program: StepProgram, at: StepPosition): Promise<LossAndGradients> {
    await this.#runtime.giveUp(reason);
    await this.#release();
    return eagerStep(program, {}, at);
  }

  /** The step by a graph that was made before, if it fits one. */
  async #known(program: StepProgram, at: StepPosition): Promise<LossAndGradients | undefined> {
    let last: CompileError | undefined;
    for (const graph of this.#graphs) {
      let values: Awaited<ReturnType<LossGraph['prepare']>>;
      try {
        values = await graph.prepare(() => program.loss({}, at));
      } catch (error) {
        if (!(error instanceof CompileError && error.code === 'structure-changed')) throw error;
        last ??= error;
        continue;
      }
      this.#graphs = [graph, ...this.#graphs.filter((other) => other !== graph)];
      try {
        return await graph.take(values, program, at);
      } finally {
        for (const tensor of values.values()) tensor.dispose();
      }
    }
    if (last && this.#graphs.length >= mostStructures) throw last;
    return undefined;
  }

  async #record(program: StepProgram, at: StepPosition): Promise<LossAndGradients> {
    const settings = this.#runtime.settings(this.#graphs.length > 0);
    const { graph, result } = await LossGraph.record(program, at, settings);
    this.#graphs.unshift(graph);
    return result;
  }

  async #release(): Promise<void> {
    const graphs = this.#graphs;
    this.#graphs = [];
    for (const graph of graphs) await graph.release();
  }
}
