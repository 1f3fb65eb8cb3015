import type * as tf from '@tensorflow/tfjs-core';
import { cacheFeatures } from './cache-features.js';
import type { LinearHead } from './linear-head.js';
import { assignProbe, type LinearProbe, type LinearProbeOptions, linearProbe } from './linear-probe.js';

/**
 * The first half of probe-then-tune: encodes the labelled examples once, fits the head exactly on what the
 * frozen encoder gives, and leaves the model ready for gentle tuning (some 150 steps at 1e-4). A random head
 * would first tear the features; this one does not. With no tuning after it, the model is the probe.
 *
 * @param model - an encoder with a linear head
 * @param examples - the labelled examples in batches, and their labels in the same order
 * @returns the probe, also in the head now
 * @throws RangeError as `linearProbe`, or if the head's size is another; the head is unchanged then
 * @see Kumar et al. 2022, arXiv 2202.10054
 */
export async function probeFirst<Batch>(
  model: { features(batch: Batch): tf.Tensor; head: LinearHead },
  examples: { batches: Iterable<Batch> | AsyncIterable<Batch>; labels: ArrayLike<number> },
  options: LinearProbeOptions = {},
): Promise<LinearProbe> {
  const features = await cacheFeatures((batch: Batch) => model.features(batch), examples.batches);
  const probe = linearProbe(features, examples.labels, { classCount: model.head.outFeatures, ...options });
  assignProbe(model.head, probe);
  return probe;
}
