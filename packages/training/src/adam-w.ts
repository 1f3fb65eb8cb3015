import * as tf from '@tensorflow/tfjs-core';
import { type Optimizer, type OptimizerOptions, resolveRates } from './optimizer.js';
import { Slots } from './slots.js';

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
 * Decay: `weightDecay`, default 0.01, multiplied by the rate.
 *
 * @returns an optimizer that owns its moments: call `dispose()`; the variables stay the caller's
 * @throws RangeError for no variables, or a rate, decay, beta or epsilon out of range
 * @see Loshchilov & Hutter 2017, arXiv 1711.05101; torch.optim.AdamW
 */
export function adamW(options: AdamWOptions): Optimizer & { learningRateAt(step: number): number } {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  for (const [name, beta] of [
    ['beta1', beta1],
    ['beta2', beta2],
  ] as const) {
    if (!(beta >= 0 && beta < 1)) throw new RangeError(`adamW: ${name} must be in [0, 1), got ${beta}.`);
  }
  if (!(epsilon > 0)) throw new RangeError(`adamW: epsilon must be > 0, got ${epsilon}.`);
  const rates = resolveRates('adamW', options, 0.01);
  const slots = new Slots('adamW', options.variables, ['exp_avg', 'exp_avg_sq']);

  function update(path: string, gradient: tf.Tensor, rate: number): void {
    const variable = slots.variable(path, gradient);
    const updates = slots.countUpdate(path);
    const stepSize = rate / (1 - beta1 ** updates);
    const rootOfCorrection = Math.sqrt(1 - beta2 ** updates);
    const mean = blend(slots.get(path, 'exp_avg'), gradient, beta1);
    const square = blend(slots.get(path, 'exp_avg_sq'), tf.square(gradient), beta2);
    const denominator = tf.add(tf.div(tf.sqrt(square), rootOfCorrection), epsilon);
    const decay = rate * rates.decayOf(path);
    const decayed = decay === 0 ? variable : tf.mul(variable, 1 - decay);
    variable.assign(tf.sub(decayed, tf.mul(tf.div(mean, denominator), stepSize)));
    slots.set(path, 'exp_avg', mean);
    slots.set(path, 'exp_avg_sq', square);
  }

  return {
    step(gradients) {
      const rate = rates.learningRateAt(slots.step);
      for (const [path, gradient] of gradients) slots.variable(path, gradient);
      tf.tidy(() => {
        for (const [path, gradient] of gradients) update(path, gradient, rate * rates.scaleOf(path));
      });
      slots.step++;
    },
    stateDict: () => slots.stateDict(),
    loadStateDict: (state) => slots.loadStateDict(state),
    dispose: () => slots.dispose(),
    learningRateAt: rates.learningRateAt,
  };
}

/** β · before + (1 − β) · now; nothing before counts as zeros. */
function blend(before: tf.Tensor | undefined, now: tf.Tensor, beta: number): tf.Tensor {
  const part = tf.mul(now, 1 - beta);
  return before ? tf.add(tf.mul(before, beta), part) : part;
}
