import * as tf from '@tensorflow/tfjs-core';

/**
 * The length of all gradients taken as one vector.
 *
 * @returns a scalar; the caller disposes it
 */
export function gradientNorm(gradients: ReadonlyMap<string, tf.Tensor>): tf.Scalar {
  return tf.tidy(() =>
    tf.sqrt(tf.addN([...gradients.values()].map((gradient) => tf.sum(tf.square(gradient))))),
  );
}

/**
 * Gradients scaled down so that their common length is at most `maxNorm`; shorter ones are only copied.
 * Nothing is read back to the host.
 *
 * @param maxNorm - > 0
 * @returns new gradients and the norm before clipping; the caller disposes both
 * @see Pascanu et al. 2012, arXiv 1211.5063; torch.nn.utils.clip_grad_norm_ (same 1e-6 in the divisor)
 */
export function clipGradients(
  gradients: ReadonlyMap<string, tf.Tensor>,
  maxNorm: number,
): { gradients: Map<string, tf.Tensor>; norm: tf.Scalar } {
  const norm = gradientNorm(gradients);
  const factor = tf.tidy(() => tf.minimum(tf.div(maxNorm, tf.add(norm, 1e-6)), 1));
  const clipped = new Map([...gradients].map(([path, gradient]) => [path, tf.mul(gradient, factor)]));
  factor.dispose();
  return { gradients: clipped, norm };
}
