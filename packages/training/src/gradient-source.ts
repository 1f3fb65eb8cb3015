import type * as tf from '@tensorflow/tfjs-core';
import type { CompiledLoss, LossAndGradients, StepCompilerEvent, StepPosition } from '@warmstart/shapes';
import type { FitOptions } from './fit-options.js';
import { lossAndGradients } from './gradients.js';

/** Where a run's gradients come from: the loss, a compiler, or what the caller gave instead of a loss. */
export class GradientSource<Batch> {
  readonly #options: FitOptions<Batch>;
  readonly #onEvent: (event: StepCompilerEvent) => Promise<void>;
  #compiled: { step: CompiledLoss<Batch>; learning: ReadonlyMap<string, tf.Variable> } | undefined;

  constructor(options: FitOptions<Batch>, onEvent: (event: StepCompilerEvent) => Promise<void>) {
    this.#options = options;
    this.#onEvent = onEvent;
  }

  async at(
    batch: Batch,
    at: StepPosition,
    learning: ReadonlyMap<string, tf.Variable>,
  ): Promise<LossAndGradients<tf.Scalar | number>> {
    if (this.#options.lossAndGradients) return this.#options.lossAndGradients(batch, at);
    const loss = this.#options.loss as NonNullable<FitOptions<Batch>['loss']>; // checkFitOptions: one of the two
    const compiled = await this.#compile(loss, learning);
    return compiled
      ? compiled.lossAndGradients(batch, at)
      : lossAndGradients(learning, () => loss(batch, at));
  }

  async dispose(): Promise<void> {
    const compiled = this.#compiled;
    this.#compiled = undefined;
    await compiled?.step.dispose();
  }

  /** The compiled step for what learns now; other variables need another. */
  async #compile(
    loss: NonNullable<FitOptions<Batch>['loss']>,
    learning: ReadonlyMap<string, tf.Variable>,
  ): Promise<CompiledLoss<Batch> | undefined> {
    const { compiler, compile = 'auto' } = this.#options;
    if (!compiler || compile === 'never') return undefined;
    if (this.#compiled && sameVariables(this.#compiled.learning, learning)) return this.#compiled.step;
    await this.dispose();
    const step = await compiler<Batch>(loss, learning, { compile, onEvent: this.#onEvent });
    this.#compiled = { step, learning: new Map(learning) };
    return step;
  }
}

function sameVariables(a: ReadonlyMap<string, tf.Variable>, b: ReadonlyMap<string, tf.Variable>): boolean {
  return a.size === b.size && [...a].every(([path, variable]) => b.get(path) === variable);
}
