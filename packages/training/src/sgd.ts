import * as tf from '@tensorflow/tfjs-core';
import type { LearningRate, Optimizer } from '@warmstart/shapes';
import { checkOptimizerOptions, type OptimizerOptions } from './optimizer.js';
import { SlotOptimizer } from './slot-optimizer.js';

/** What {@link sgd} takes. */
export interface SgdOptions extends OptimizerOptions {
  /** In [0, 1). Default 0: plain gradient descent. */
  momentum?: number;
  /** Look ahead along the momentum; needs momentum > 0. Default false. */
  nesterov?: boolean;
}

/**
 * Stochastic gradient descent, with momentum and weight decay as in PyTorch:
 *
 *     g ← ∇ + decay · w
 *     b ← momentum · b + g          (the first time b ← g)
 *     w ← w − rate · b              (nesterov: w − rate · (g + momentum · b))
 *
 * @returns an optimizer that owns its momentum: call `dispose()`; the variables stay the caller's
 * @throws RangeError for no variables, or a rate, decay or momentum out of range
 * @see Sutskever et al. 2013; torch.optim.SGD
 */
export function sgd(options: SgdOptions): Optimizer & { learningRate: LearningRate } {
  const { momentum = 0, nesterov = false } = options;
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RangeError(`sgd: momentum must be in [0, 1), got ${momentum}.`);
  }
  if (nesterov && momentum === 0) throw new RangeError('sgd: nesterov needs momentum > 0, got 0.');
  checkOptimizerOptions('sgd', options);
  return new SlotOptimizer('sgd', options, {
    slotNames: momentum > 0 ? ['momentum_buffer'] : [],
    fused: {
      kernelName: 'FusedSgd',
      step: { momentum, nesterov },
      row: ({ rate, decay }) => ({ stepSize: rate, shrink: decay, rootCorrection: 1 }),
    },
    update({ variable, gradient, slots, rate, decay }) {
      const pull = decay === 0 ? gradient : tf.add(gradient, tf.mul(variable, decay));
      if (momentum === 0) return { value: tf.sub(variable, tf.mul(pull, rate)), slots: {} };
      const before = slots.momentum_buffer;
      const buffer = before ? tf.add(tf.mul(before, momentum), pull) : tf.mul(pull, 1);
      const move = nesterov ? tf.add(pull, tf.mul(buffer, momentum)) : buffer;
      return { value: tf.sub(variable, tf.mul(move, rate)), slots: { momentum_buffer: buffer } };
    },
  });
}
