import type * as tf from '@tensorflow/tfjs-core';
import type { AnyStateDict, StateDict } from './state-dict.js';

/**
 * Whatever moves variables along gradients. Everything it remembers is keyed by path, never by position,
 * so the set of gradients may change between steps.
 */
export interface Optimizer {
  /** One update. Paths without a gradient stay as they are; the gradients are not disposed. */
  step(gradients: Map<string, tf.Tensor>): void;
  /** Everything needed to continue to the bit. */
  stateDict(): Promise<StateDict>;
  /** Checks everything, then restores what `stateDict()` gave. */
  loadStateDict(state: AnyStateDict): void;
  dispose(): void;
  /** The rate that the update with this number (from 0) uses; the loop reports it where it is offered. */
  learningRateAt?(step: number): number;
}

/** A learning rate: constant, or by the number of updates already made. */
export type LearningRate = number | ((step: number) => number);

/** One number for all variables, or one by path. */
export type PerPath = number | ((path: string) => number);

/** What every optimizer of this package takes. */
export interface OptimizerOptions {
  /** What may learn, by path; not disposed by the optimizer. */
  variables: ReadonlyMap<string, tf.Variable>;
  /** > 0; a function is given the number of updates already made, so a schedule resumes by itself. */
  learningRate: LearningRate;
  /** Multiplies the learning rate by path, e.g. from `layerDecay`; paths not in a map keep 1. Default 1. */
  rateScale?: PerPath | ReadonlyMap<string, number>;
  /** ≥ 0, for all or by path. */
  weightDecay?: PerPath;
}

/** The options as functions, checked. */
export interface ResolvedRates {
  learningRateAt(step: number): number;
  scaleOf(path: string): number;
  decayOf(path: string): number;
}

/** @throws RangeError if no variable is given, or a rate or a decay is not a finite number ≥ 0 */
export function resolveRates(name: string, options: OptimizerOptions, defaultDecay: number): ResolvedRates {
  if (options.variables.size === 0) {
    throw new RangeError(
      `${name}: variables must hold at least one variable, got none. Is everything frozen?`,
    );
  }
  const { learningRate, rateScale = 1, weightDecay = defaultDecay } = options;
  const learningRateAt = (step: number): number => {
    const rate = typeof learningRate === 'function' ? learningRate(step) : learningRate;
    if (Number.isFinite(rate) && rate >= 0) return rate;
    throw new RangeError(`${name}: learningRate must be a finite number ≥ 0, got ${rate} at step ${step}.`);
  };
  const scaleOf =
    typeof rateScale === 'number'
      ? () => rateScale
      : typeof rateScale === 'function'
        ? rateScale
        : (path: string) => rateScale.get(path) ?? 1;
  const decayOf = typeof weightDecay === 'number' ? () => weightDecay : weightDecay;
  learningRateAt(0);
  for (const path of options.variables.keys()) {
    for (const [what, value] of [
      ['rateScale', scaleOf(path)],
      ['weightDecay', decayOf(path)],
    ] as const) {
      if (!Number.isFinite(value) || value < 0) {
        throw new RangeError(`${name}: ${what} must be a finite number ≥ 0, got ${value} for ${path}.`);
      }
    }
  }
  return { learningRateAt, scaleOf, decayOf };
}
