import * as tf from '@tensorflow/tfjs-core';

/** Clipping by one norm over all weights. */
export interface ClipOptions {
  /** > 0 */
  maxNorm: number;
  /**
   * - `guided`: gradients, by the norm of guide · gradient, so that frozen weights take nothing from free ones
   * - `raw`: gradients, by their own norm, as without guides
   * - `update`: what the weights would move, guides included; the one that means something under Adam
   *
   * Default `guided`.
   */
  of?: 'guided' | 'raw' | 'update';
}

/** @throws RangeError if the norm is not a finite number > 0, or `of` is unknown */
export function checkClip({ maxNorm, of = 'guided' }: ClipOptions): void {
  if (!(maxNorm > 0 && Number.isFinite(maxNorm))) {
    throw new RangeError(`guideUpdates: clip.maxNorm must be a finite number > 0, got ${maxNorm}.`);
  }
  if (!['guided', 'raw', 'update'].includes(of)) {
    throw new RangeError(`guideUpdates: clip.of must be guided, raw or update, got ${of}.`);
  }
}

/**
 * Gradients of at most `maxNorm` together; inside `tf.tidy`, nothing is read back.
 *
 * @see Pascanu et al. 2012, arXiv 1211.5063; torch.nn.utils.clip_grad_norm_ (same 1e-6 in the divisor)
 */
export function clippedGradients(
  gradients: ReadonlyMap<string, tf.Tensor>,
  { maxNorm, of = 'guided' }: ClipOptions,
  guideOf: (path: string) => tf.Tensor | undefined,
): Map<string, tf.Tensor> {
  if (of === 'update' || gradients.size === 0) return new Map(gradients);
  const measured = [...gradients].map(([path, gradient]) => {
    const guide = of === 'guided' ? guideOf(path) : undefined;
    return guide ? tf.mul(gradient, guide) : gradient;
  });
  const factor = tf.minimum(tf.div(maxNorm, tf.add(norm(measured), 1e-6)), 1);
  return new Map([...gradients].map(([path, gradient]) => [path, tf.mul(gradient, factor)]));
}

/** Moves of at most `maxNorm` together, untouched to the bit if they are shorter; inside `tf.tidy`. */
export function clippedMoves(
  moves: readonly { before: tf.Tensor; after: tf.Tensor }[],
  maxNorm: number,
): tf.Tensor[] {
  if (moves.length === 0) return [];
  const updates = moves.map(({ before, after }) => tf.sub(after, before));
  const length = norm(updates);
  const isShort = tf.lessEqual(length, maxNorm);
  const factor = tf.div(maxNorm, tf.maximum(length, maxNorm));
  return moves.map(({ before, after }, i) => {
    const scaled = tf.add(before, tf.mul(updates[i] ?? 0, factor));
    return tf.where(tf.broadcastTo(isShort, after.shape), after, scaled);
  });
}

function norm(tensors: readonly tf.Tensor[]): tf.Tensor {
  return tf.sqrt(tf.addN(tensors.map((tensor) => tf.sum(tf.square(tensor)))));
}
