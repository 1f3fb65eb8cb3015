import * as tf from '@tensorflow/tfjs-core';
import type { InputSchema } from '@warmstart/transfer';
import type { NetworkOrigin } from './network-origin.js';

/** A published network with its weights, ready to describe rows. */
export interface PublishedNetwork {
  origin: NetworkOrigin;
  /** What its features depend on beside the weights: settings and tokenizer, as text. */
  identity: string;
  /** How rows are prepared for it. */
  input: InputSchema;
  featureCount: number;
  batchSize: number;
  /** Features of prepared rows, [rowCount, featureCount]. */
  features(rows: Float32Array, rowCount: number): Promise<Float32Array>;
}

/** The values of a tensor, on the host; what was made on the way is disposed. */
export async function hostValues(make: () => tf.Tensor): Promise<Float32Array> {
  const values = tf.tidy(make);
  try {
    return (await values.data()) as Float32Array;
  } finally {
    values.dispose();
  }
}
