import * as tf from '@tensorflow/tfjs-core';
import { type Optimizer, type OptimizerOptions, resolveRates } from './optimizer.js';
import { Slots } from './slots.js';

/** What {@link sgd} takes. */
export interface SgdOptions extends OptimizerOptions {
  /** In [0, 1). Default 0: plain gradient descent. */
  momentum?: number;
  /** Look ahead along the momentum; needs momentum > 0. Default false. */
  nesterov?: boolean;
}

/**
 * Stochastic gradient descent, with momentum and decoupled weight decay:
 *
 *     b ← momentum · b + ∇          (the first time b ← ∇)
 *     w ← w − rate · decay · w − rate · b
 *
 * Decay is off unless `weightDecay` is given. It never enters the momentum, so a weight whose gradient is 0
 * only shrinks; without momentum this equals torch.optim.SGD's `weight_decay`.
 *
 * @returns an optimizer that owns its momentum: call `dispose()`; the variables stay the caller's
 * @throws RangeError for no variables, or a rate, decay or momentum out of range
 * @see Sutskever et al. 2013; torch.optim.SGD
 */
export function sgd(options: SgdOptions): Optimizer & { learningRateAt(step: number): number } {
  const { momentum = 0, nesterov = false } = options;
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RangeError(`sgd: momentum must be in [0, 1), got ${momentum}.`);
  }
  if (nesterov && momentum === 0) throw new RangeError('sgd: nesterov needs momentum > 0, got 0.');
  const rates = resolveRates('sgd', options, 0);
  const slots = new Slots('sgd', options.variables, ['momentum_buffer']);

  function direction(path: string, gradient: tf.Tensor): tf.Tensor {
    if (momentum === 0) return gradient;
    const before = slots.get(path, 'momentum_buffer');
    const buffer = before ? tf.add(tf.mul(before, momentum), gradient) : tf.mul(gradient, 1);
    slots.set(path, 'momentum_buffer', buffer);
    return nesterov ? tf.add(gradient, tf.mul(buffer, momentum)) : buffer;
  }

  function update(path: string, gradient: tf.Tensor, rate: number): void {
    const variable = slots.variable(path, gradient);
    slots.countUpdate(path);
    const decay = rate * rates.decayOf(path);
    const decayed = decay === 0 ? variable : tf.mul(variable, 1 - decay);
    variable.assign(tf.sub(decayed, tf.mul(direction(path, gradient), rate)));
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
