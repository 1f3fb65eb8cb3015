import type * as tf from '@tensorflow/tfjs-core';
import { WeightsCopy } from './weights-copy.js';

/**
 * The last two copies of the weights. A copy proves good only when the loss of the next step, computed from
 * it, is finite: a gradient may be NaN while its loss is not. So the one before is kept too.
 */
export class GoodWeights {
  readonly #variables: ReadonlyMap<string, tf.Variable>;
  #copies: { step: number; weights: WeightsCopy }[] = [];

  constructor(variables: ReadonlyMap<string, tf.Variable>) {
    this.#variables = variables;
  }

  /** @param step - updates behind the present weights */
  keep(step: number): void {
    while (this.#copies.length > 1) this.#copies.shift()?.weights.dispose();
    this.#copies.push({ step, weights: new WeightsCopy(this.#variables) });
  }

  /**
   * Puts back the newest weights older than those that gave the loss of `step`.
   *
   * @returns the number of updates behind them
   */
  restoreBefore(step: number): number | undefined {
    const good = this.#copies.findLast((copy) => copy.step < step) ?? this.#copies[0];
    good?.weights.restore();
    return good?.step;
  }

  dispose(): void {
    for (const { weights } of this.#copies) weights.dispose();
    this.#copies = [];
  }
}
