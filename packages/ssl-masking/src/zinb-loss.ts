import * as tf from '@tensorflow/tfjs-core';

/** What a decoder of counts gives, each [rows, genes]. */
export interface CountPrediction {
  /** Logarithm of the mean of the counts. */
  logMean: tf.Tensor;
  /** Logarithm of the inverse dispersion θ; variance = mean + mean² / θ. */
  logDispersion: tf.Tensor;
  /** Logit of a count being dropped to 0, besides what the distribution gives. */
  dropoutLogits: tf.Tensor;
}

/**
 * Mean negative log-likelihood of hidden counts under a zero-inflated negative binomial.
 *
 * @param counts - [rows, genes], ≥ 0; what is not hidden cannot matter
 * @param mask - bool [rows, genes], true where hidden
 * @returns scalar in nats, 0 where nothing is hidden; the caller disposes it
 * @see Lopez et al. 2018 (scVI); Eraslan et al. 2019 (DCA), https://doi.org/10.1038/s41467-018-07931-2
 */
export function zinbLoss(predicted: CountPrediction, counts: tf.Tensor, mask: tf.Tensor): tf.Scalar {
  if (mask.dtype !== 'bool') throw new TypeError(`zinbLoss: mask must be bool, got ${mask.dtype}.`);
  return tf.tidy(() => {
    const hidden = (x: tf.Tensor) => tf.where(mask, x, tf.zerosLike(x));
    const count = hidden(counts);
    const logMean = hidden(predicted.logMean);
    const logTheta = hidden(predicted.logDispersion);
    const logits = hidden(predicted.dropoutLogits);
    const theta = tf.exp(logTheta);
    const logTotal = logAddExp(logTheta, logMean); // log(θ + μ)
    const logZero = tf.mul(theta, tf.sub(logTheta, logTotal)); // log NB(0)
    const logCount = tf.addN([
      tf.sub(logGamma(tf.add(count, theta)), tf.add(logGamma(theta), logGamma(tf.add(count, 1)))),
      logZero,
      tf.mul(count, tf.sub(logMean, logTotal)),
    ]);
    // a zero is dropped or drawn: log(π + (1 − π) NB(0)), with log π = −softplus(−logits)
    const zero = tf.sub(logAddExp(logits, logZero), tf.softplus(logits));
    const positive = tf.sub(logCount, tf.softplus(logits));
    const isZero = tf.less(count, 0.5);
    const logLikelihood = tf.where(isZero, zero, positive);
    const asked = tf.sum(tf.cast(mask, 'float32'));
    return tf.div(tf.neg(tf.sum(hidden(logLikelihood))), tf.maximum(asked, 1)) as tf.Scalar;
  });
}

function logAddExp(left: tf.Tensor, right: tf.Tensor): tf.Tensor {
  return tf.add(right, tf.softplus(tf.sub(left, right)));
}

/** log Γ(x) for x > 0: Stirling's series at x + 6, then six steps back. Within 1e-5 relative in float32. */
function logGamma(x: tf.Tensor): tf.Tensor {
  const far = tf.add(x, 6);
  const inverse = tf.reciprocal(far);
  const square = tf.square(inverse);
  const series = tf.mul(inverse, tf.sub(1 / 12, tf.mul(square, tf.sub(1 / 360, tf.mul(square, 1 / 1260)))));
  const stirling = tf.addN([
    tf.mul(tf.sub(far, 0.5), tf.log(far)),
    tf.neg(far),
    tf.add(series, 0.5 * Math.log(2 * Math.PI)),
  ]);
  const steps = [0, 1, 2, 3, 4, 5].map((step) => tf.log(tf.add(x, step)));
  return tf.sub(stirling, tf.addN(steps));
}
