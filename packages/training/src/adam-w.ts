import * as tf from '@tensorflow/tfjs-core';
import type { LearningRate, Optimizer } from '@warmstart/shapes';
import { checkOptimizerOptions, type OptimizerOptions } from './optimizer.js';
import { SlotOptimizer } from './slot-optimizer.js';

/** What {@link adamW} takes. */
export interface AdamWOptions extends OptimizerOptions {
  /** Decay of the mean of gradients, in [0, 1). Default 0.9. */
  beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1). Default 0.999. */
  beta2?: number;
  /** Added to the root of the second moment, > 0. Default 1e-8. Never taken from the backend. */
  epsilon?: number;
}

/**
 * Adam with decoupled weight decay, in PyTorch's order of operations:
 *
 *     w ← w − rate · decay · w
 *     w ← w − rate / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 *
 * t counts the updates of each variable by itself, so a layer unfrozen late starts like a new one.
 *
 * @returns an optimizer that owns its moments: call `dispose()`; the variables stay the caller's
 * @throws RangeError for no variables, or a rate, decay, beta or epsilon out of range
 * @see Loshchilov & Hutter 2017, arXiv 1711.05101; torch.optim.AdamW (whose decay is 0.01 unless given)
 */
export function adamW(options: AdamWOptions): Optimizer & { learningRate: LearningRate } {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  for (const [name, beta] of Object.entries({ beta1, beta2 })) {
    if (!(beta >= 0 && beta < 1)) throw new RangeError(`adamW: ${name} must be in [0, 1), got ${beta}.`);
  }
  if (!(epsilon > 0)) throw new RangeError(`adamW: epsilon must be > 0, got ${epsilon}.`);
  checkOptimizerOptions('adamW', options);
  return new SlotOptimizer('adamW', options, {
    slotNames: ['exp_avg', 'exp_avg_sq'],
    fused: {
      kernelName: 'FusedAdamW',
      step: { beta1, beta2, epsilon },
      row: ({ rate, decay, updates }) => ({
        stepSize: rate / (1 - beta1 ** updates),
        shrink: rate * decay,
        rootCorrection: 1 / Math.sqrt(1 - beta2 ** updates),
      }),
    },
    update({ variable, gradient, slots, rate, decay, updates }) {
      const mean = blend(slots.exp_avg, gradient, beta1);
      const square = blend(slots.exp_avg_sq, tf.square(gradient), beta2);
      const root = tf.div(tf.sqrt(square), Math.sqrt(1 - beta2 ** updates));
      const move = tf.mul(tf.div(mean, tf.add(root, epsilon)), rate / (1 - beta1 ** updates));
      const decayed = decay === 0 ? variable : tf.mul(variable, 1 - rate * decay);
      return { value: tf.sub(decayed, move), slots: { exp_avg: mean, exp_avg_sq: square } };
    },
  });
}

/** β · before + (1 − β) · now; nothing before counts as zeros. */
function blend(before: tf.Tensor | undefined, now: tf.Tensor, beta: number): tf.Tensor {
  const part = tf.mul(now, 1 - beta);
  return before ? tf.add(tf.mul(before, beta), part) : part;
}
