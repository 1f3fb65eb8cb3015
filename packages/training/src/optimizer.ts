import type * as tf from '@tensorflow/tfjs-core';
import type { LearningRate } from '@warmstart/shapes';
import { requireMap } from './gradients.js';
import { sameShape } from './state-dict.js';

/** What every optimizer of this package takes. */
export interface OptimizerOptions {
  /** What may learn, by path; not disposed by the optimizer. */
  variables: ReadonlyMap<string, tf.Variable>;
  /** ≥ 0; a function is given the number of updates already made, so a schedule resumes by itself. */
  learningRate: LearningRate;
  /** Multiplies the rate of single paths, e.g. from `layerDecay`; 1 where none is given. */
  learningRateScales?: ReadonlyMap<string, number>;
  /** ≥ 0. Default 0. */
  weightDecay?: number;
  /** Weight decay of single paths, in place of `weightDecay`. */
  weightDecays?: ReadonlyMap<string, number>;
  /**
   * Guide values in the shape of their variables: the whole change of a weight is multiplied by its guide value, so
   * 1 is the bare optimizer to the bit and 0 freezes to the bit. Not disposed, and may be written between steps.
   */
  guides?: ReadonlyMap<string, tf.Tensor>;
  /** Whether decay is multiplied by the guide too, runs in full beside it, or spares guided variables. Default 'guided'. */
  decay?: 'guided' | 'full' | 'none';
}

/** @throws RangeError if no variable is given, a number is not finite and ≥ 0, or a path is not among the variables */
export function checkOptimizerOptions(name: string, options: OptimizerOptions): void {
  const { variables, learningRate, learningRateScales, weightDecay = 0, weightDecays } = options;
  requireMap(name, variables);
  if (variables.size === 0) {
    throw new RangeError(
      `${name}: variables must hold at least one variable, got none. Is everything frozen?`,
    );
  }
  rateAt(name, learningRate, 0);
  requireNotNegative(name, 'weightDecay', weightDecay);
  for (const [what, map] of Object.entries({ learningRateScales, weightDecays })) {
    for (const [path, value] of map ?? []) {
      requireNotNegative(name, `${what} of ${path}`, value);
      if (variables.has(path)) continue;
      throw new RangeError(`${name}: ${what} must name paths of variables, got ${path}.`);
    }
  }
  checkGuides(name, options);
}

function checkGuides(name: string, { variables, guides, decay = 'guided' }: OptimizerOptions): void {
  if (!['guided', 'full', 'none'].includes(decay)) {
    throw new RangeError(`${name}: decay must be 'guided', 'full' or 'none', got ${decay}.`);
  }
  if (guides) requireMap(name, guides, 'guides');
  for (const [path, guide] of guides ?? []) {
    const shape = variables.get(path)?.shape;
    if (!shape) throw new RangeError(`${name}: guides must name paths of variables, got ${path}.`);
    if (guide.dtype === 'float32' && sameShape(guide.shape, shape)) continue;
    throw new RangeError(
      `${name}: the guide of ${path} must be float32 [${shape}], got ${guide.dtype} [${guide.shape}].`,
    );
  }
}

/** The rate of an update, by how many came before it. @throws RangeError unless it is finite and ≥ 0 */
export function rateAt(name: string, learningRate: LearningRate, step: number): number {
  const rate = typeof learningRate === 'function' ? learningRate(step) : learningRate;
  if (Number.isFinite(rate) && rate >= 0) return rate;
  throw new RangeError(`${name}: learningRate must be a finite number ≥ 0, got ${rate} at step ${step}.`);
}

function requireNotNegative(name: string, what: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) {
    throw new RangeError(`${name}: ${what} must be a finite number ≥ 0, got ${value}.`);
  }
}
