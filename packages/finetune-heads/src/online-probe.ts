import type * as tf from '@tensorflow/tfjs-core';
import { cacheFeatures } from './cache-features.js';
import { type LinearProbe, type LinearProbeOptions, linearProbe, probeLogits } from './linear-probe.js';

/** Rows in batches, and their classes in the same order. */
export interface LabelledRows<Batch> {
  batches: Iterable<Batch> | AsyncIterable<Batch>;
  labels: ArrayLike<number>;
}

/**
 * How well the present features of an encoder tell classes apart, to be asked while it is pre-trained: a probe is
 * fitted anew to some labelled rows and judged on others. Nothing of it reaches the encoder.
 *
 * Reconstruction loss does not predict transfer; this does. Give it to `fit` as `evaluation: { measure, every }`.
 *
 * @param options.encode - features of one batch, without training mode; its result is disposed
 * @param options.labelled - what the probe learns from
 * @param options.held - what it is judged on; never test rows, if anything is chosen by the answer
 * @returns a measure: share of the held rows that the probe gets right
 * @see lightly's and solo-learn's online linear heads; here each answer is an exact fit
 */
export function onlineProbe<Batch>(
  options: {
    encode: (batch: Batch) => tf.Tensor;
    labelled: LabelledRows<Batch>;
    held: LabelledRows<Batch>;
  } & LinearProbeOptions,
): () => Promise<{ probeAccuracy: number }> {
  const { encode, labelled, held, ...probeOptions } = options;
  return async () => {
    const probe = linearProbe(await cacheFeatures(encode, labelled.batches), labelled.labels, probeOptions);
    const features = await cacheFeatures(encode, held.batches);
    if (features.shape[0] !== held.labels.length) {
      throw new RangeError(
        `onlineProbe: held.labels must be one a row (${features.shape[0]}), got ${held.labels.length}.`,
      );
    }
    return { probeAccuracy: shareRight(probe, probeLogits(probe, features).data, held.labels) };
  };
}

function shareRight({ classCount }: LinearProbe, logits: Float32Array, labels: ArrayLike<number>): number {
  let right = 0;
  for (let row = 0; row < labels.length; row++) {
    const own = logits.subarray(row * classCount, (row + 1) * classCount);
    if (own.indexOf(Math.max(...own)) === labels[row]) right++;
  }
  return right / labels.length;
}
