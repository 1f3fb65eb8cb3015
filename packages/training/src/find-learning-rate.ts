import type * as tf from '@tensorflow/tfjs-core';
import type { Optimizer, StepPosition } from '@warmstart/shapes';
import type { Batches } from './batch-source.js';
import { NonFiniteLossError } from './errors.js';
import { fit } from './fit.js';
import { WeightsCopy } from './weights-copy.js';

/** What {@link findLearningRate} takes. */
export interface FindLearningRateOptions<Batch> {
  variables: ReadonlyMap<string, tf.Variable>;
  /** Makes the optimizer to try with; it is disposed afterwards. */
  optimizer: (learningRate: (step: number) => number) => Optimizer;
  loss: (batch: Batch, at: StepPosition) => tf.Scalar;
  batches: Batches<Batch>;
  /** Default 1e-7. */
  from?: number;
  /** Default 10. */
  to?: number;
  /** Default 100. */
  steps?: number;
  signal?: AbortSignal;
}

/** What {@link findLearningRate} found. */
export interface LearningRateCurve {
  rates: number[];
  /** Smoothed; shorter than asked for where the loss ran away. */
  losses: number[];
  /** Where the loss falls fastest per tenfold rate. */
  steepest: number;
  /** A tenth of the rate at the lowest loss: a careful choice. */
  careful: number;
}

/**
 * Trains a little with a rate that rises from step to step, and looks where the loss falls. The weights are
 * put back afterwards, whatever happens.
 *
 * @throws RangeError if the rates do not rise, or the loss is not finite from the start
 * @see Smith 2015, arXiv 1506.01186 §3.3; fastai's `lr_find` (stop at 4 × the best loss)
 */
export async function findLearningRate<Batch>(
  options: FindLearningRateOptions<Batch>,
): Promise<LearningRateCurve> {
  const { variables, loss, batches, from = 1e-7, to = 10, steps = 100, signal } = options;
  if (!(from > 0 && to > from && steps >= 10)) {
    throw new RangeError(
      `findLearningRate: from must be > 0, to larger, steps ≥ 10, got ${from}, ${to} and ${steps}.`,
    );
  }
  const rateOf = (step: number) => from * (to / from) ** (step / (steps - 1));
  const weights = new WeightsCopy(variables);
  const optimizer = options.optimizer(rateOf);
  const smooth = new SmoothedLosses();
  const enough = new AbortController();
  const ranAway = new Error('findLearningRate: the loss ran away');
  try {
    await fit({
      variables,
      optimizer,
      loss,
      batches,
      steps,
      logEvery: 1,
      rollBack: false,
      onEvent: (event) => {
        if (event.type === 'step-end' && smooth.add(event.loss)) enough.abort(ranAway);
      },
      signal: signal ? AbortSignal.any([signal, enough.signal]) : enough.signal,
    });
  } catch (error) {
    if (error !== ranAway && !(error instanceof NonFiniteLossError)) throw error;
  } finally {
    weights.restore();
    weights.dispose();
    optimizer.dispose();
  }
  return curveOf(smooth.values, rateOf);
}

class SmoothedLosses {
  readonly values: number[] = [];
  #average = 0;
  #best = Number.POSITIVE_INFINITY;

  /** @returns whether the loss has risen to four times the best */
  add(loss: number): boolean {
    this.#average = 0.9 * this.#average + 0.1 * loss;
    const value = this.#average / (1 - 0.9 ** (this.values.length + 1));
    this.values.push(value);
    this.#best = Math.min(this.#best, value);
    return this.values.length > 10 && value > 4 * this.#best && this.#best > 0;
  }
}

function curveOf(losses: number[], rateOf: (step: number) => number): LearningRateCurve {
  if (losses.length < 3) {
    throw new RangeError(
      `findLearningRate: the loss must be finite for at least 3 steps, got ${losses.length}. Give a smaller from.`,
    );
  }
  const lowest = losses.indexOf(Math.min(...losses));
  let steepest = 1;
  const slopeAt = (step: number) => (losses[step + 1] as number) - (losses[step - 1] as number);
  for (let step = 1; step < losses.length - 1; step++) if (slopeAt(step) < slopeAt(steepest)) steepest = step;
  const rates = losses.map((_, step) => rateOf(step));
  return { rates, losses, steepest: rateOf(steepest), careful: rateOf(lowest) / 10 };
}
