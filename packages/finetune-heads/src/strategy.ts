import type * as tf from '@tensorflow/tfjs-core';
import type { HasVariables } from '@warmstart/shapes';
import { type GradualUnfreezingOptions, gradualUnfreezing } from './gradual-unfreezing.js';
import { type LayerDecayOptions, layerDecay } from './layer-decay.js';
import { biasesAndHead, selectVariables } from './select-variables.js';

/** How an encoder with a head is tuned; which one pays depends on the number of labels. */
export type Strategy =
  /** The head alone. */
  | { kind: 'head-only' }
  /** Everything, deeper blocks more slowly. For some 500 labels and more. Default decay 0.75. */
  | { kind: 'full'; layerDecay?: Partial<LayerDecayOptions> }
  /** Block after block, from the head down. */
  | ({ kind: 'gradual' } & GradualUnfreezingOptions)
  /** Biases and the head. */
  | { kind: 'bit-fit' };

/** What a strategy means for the loop and its optimizer. */
export interface TuningPlan {
  /** All that may ever learn: for the optimizer. */
  all: Map<string, tf.Variable>;
  /** What learns when: for `fit`. */
  variables:
    | ReadonlyMap<string, tf.Variable>
    | ((at: { step: number; epoch: number }) => ReadonlyMap<string, tf.Variable>);
  /** For the optimizer. */
  learningRateScales: Map<string, number>;
}

/**
 * Turns a strategy into what the loop and the optimizer take. For few labels begin with `probeFirst`: it
 * fills the head before anything is tuned.
 *
 * @param headPrefix - where the head's paths begin
 * @throws RangeError for another kind, or if nothing would learn
 */
export function planTuning(model: HasVariables, strategy: Strategy, headPrefix = 'head.'): TuningPlan {
  const none = new Map<string, number>();
  switch (strategy.kind) {
    case 'head-only': {
      const all = selectVariables(model, (path) => path.startsWith(headPrefix));
      return { all, variables: all, learningRateScales: none };
    }
    case 'bit-fit': {
      const all = selectVariables(model, biasesAndHead(headPrefix));
      return { all, variables: all, learningRateScales: none };
    }
    case 'full': {
      const all = selectVariables(model);
      const learningRateScales = layerDecay(all.keys(), { decay: 0.75, ...strategy.layerDecay });
      return { all, variables: all, learningRateScales };
    }
    case 'gradual': {
      const all = selectVariables(model);
      return { all, variables: gradualUnfreezing(all, strategy), learningRateScales: none };
    }
    default:
      throw new RangeError(
        `planTuning: strategy.kind must be head-only, full, gradual or bit-fit, got ${(strategy as Strategy)?.kind}.`,
      );
  }
}
