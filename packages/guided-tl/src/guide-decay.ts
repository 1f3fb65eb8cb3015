import * as tf from '@tensorflow/tfjs-core';

/**
 * Weight decay that knows of guides; the wrapped optimizer must then have none of its own. With w the weight
 * before the update, g its guide, r the rate:
 *
 * - `guided`: −g · r · w, as if the optimizer did it; a guide of 0 stays frozen
 * - `full`: −r · w whatever the guide; decays "frozen" weights too
 * - `none`: nothing
 * - `toBase`: −(1 − g) · r · (w − base), which holds a weight the closer the less it may move
 *
 * @see Loshchilov & Hutter 2017, arXiv 1711.05101; to the base: Xuhong et al. 2018, L2-SP, arXiv 1802.01483
 */
export interface DecayOptions {
  policy: 'guided' | 'full' | 'none' | 'toBase';
  /** Learning rate × weight decay: the share of a weight that one update takes, in [0, 1). By update number. */
  rate?: number | ((step: number) => number);
}

/** @throws RangeError for an unknown policy, or one without a rate it needs */
export function checkDecay(decay: DecayOptions): void {
  if (!['guided', 'full', 'none', 'toBase'].includes(decay.policy)) {
    throw new RangeError(
      `guideUpdates: decay.policy must be guided, full, none or toBase, got ${decay.policy}.`,
    );
  }
  if (decay.policy !== 'none') decayRate(decay, 0);
}

/** The rate of one update. @throws RangeError unless in [0, 1) */
export function decayRate({ policy, rate }: DecayOptions, step: number): number {
  if (policy === 'none') return 0;
  const value = typeof rate === 'function' ? rate(step) : rate;
  if (value !== undefined && value >= 0 && value < 1) return value;
  throw new RangeError(
    `guideUpdates: decay.rate must be in [0, 1) for ${policy}, got ${value} at step ${step}.`,
  );
}

/** `moved` after decay; inside `tf.tidy`. A missing guide is 1. */
export function decayed(
  moved: tf.Tensor,
  parts: { before: tf.Tensor; guide: tf.Tensor | undefined; base: tf.Tensor | undefined },
  { policy }: DecayOptions,
  rate: number,
): tf.Tensor {
  const { before, guide, base } = parts;
  if (rate === 0 || policy === 'none') return moved;
  if (policy === 'full' || (policy === 'guided' && !guide)) return tf.sub(moved, tf.mul(before, rate));
  if (policy === 'guided' && guide) return tf.sub(moved, tf.mul(tf.mul(before, guide), rate));
  if (!guide || !base) return moved; // free: nothing pulls it back
  return tf.sub(moved, tf.mul(tf.mul(tf.sub(before, base), tf.sub(1, guide)), rate));
}
