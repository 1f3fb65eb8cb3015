import * as tf from '@tensorflow/tfjs-core';

/** Features on the host, computed once. */
export interface CachedFeatures {
  data: Float32Array;
  /** [exampleCount, featureCount] */
  shape: [number, number];
}

/**
 * Runs a frozen encoder over all examples once, without training mode: what a head is then trained on, epoch
 * after epoch, at no further cost of the encoder.
 *
 * @param encode - features of one batch, [batchSize, …]; flattened to one row an example
 * @param batches - in order; their tensors are not disposed
 * @throws RangeError if there are no batches, or features differ in size
 */
export async function cacheFeatures<Batch>(
  encode: (batch: Batch) => tf.Tensor,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  signal?: AbortSignal,
): Promise<CachedFeatures> {
  const parts: Float32Array[] = [];
  let [rows, width] = [0, 0];
  for await (const batch of batches) {
    signal?.throwIfAborted();
    const features = tf.tidy(() => tf.cast(encode(batch), 'float32'));
    const [batchSize = 0] = features.shape;
    const size = features.size / batchSize;
    try {
      parts.push((await features.data()) as Float32Array);
    } finally {
      features.dispose();
    }
    if (rows > 0 && size !== width) {
      throw new RangeError(`cacheFeatures: every batch must have ${width} features an example, got ${size}.`);
    }
    rows += batchSize;
    width = size;
  }
  if (rows === 0) throw new RangeError('cacheFeatures: there must be at least one example, got none.');
  const data = new Float32Array(rows * width);
  let offset = 0;
  for (const part of parts) {
    data.set(part, offset);
    offset += part.length;
  }
  return { data, shape: [rows, width] };
}
