import * as tf from '@tensorflow/tfjs';
import { loadStateDict } from '@warmstart/core-checkpoint';
import { type EncoderWithHead, type LinearHead, linearHead, withHead } from '@warmstart/finetune-heads';
import { type Autoencoder, autoencoder } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';
import type { HostTensor, StateDict } from '@warmstart/shapes';
import type { Rows, Table } from './table.js';

export type Encoder = Autoencoder['encoder'];
export type Classifier = EncoderWithHead<Encoder, LinearHead>;

/** The encoder with the given weights, or with new ones. The caller disposes it. */
export async function newEncoder(table: Table, seed: number, weights?: StateDict): Promise<Encoder> {
  const { width, recipe } = table;
  const random = seededRandom(seed, 'encoder');
  const model = autoencoder({ inFeatures: width, hidden: recipe.plan.hidden, random });
  model.decoder.dispose();
  if (weights) await loadStateDict(model.encoder, weights);
  return model.encoder;
}

/** An encoder with a linear head for the table's classes. The caller disposes it. */
export async function newClassifier(table: Table, seed: number, weights?: StateDict): Promise<Classifier> {
  const encoder = await newEncoder(table, seed, weights);
  const random = seededRandom(seed, 'head');
  return withHead(encoder, linearHead(encoder.outFeatures, table.classNames.length, { random }));
}

/** What a model gives for some rows, on the host: [rowCount, outFeatures]. */
export async function outputs(
  model: { call(x: tf.Tensor): tf.Tensor },
  rows: Rows,
  width: number,
): Promise<HostTensor> {
  const output = tf.tidy(() => model.call(tf.tensor2d(rows.features, [rows.rowCount, width])));
  try {
    return { data: await output.data(), shape: output.shape };
  } finally {
    output.dispose();
  }
}
