import * as tf from '@tensorflow/tfjs';
import { loadStateDict } from '@warmstart/core-checkpoint';
import { type EncoderWithHead, type LinearHead, linearHead, withHead } from '@warmstart/finetune-heads';
import { seededRandom } from '@warmstart/random';
import type { HostTensor, StateDict } from '@warmstart/shapes';
import { type Architecture, type Encoder, featureCountOf, newEncoder } from '@warmstart/transfer';
import type { Rows, Table } from './table.js';

export type Classifier = EncoderWithHead<Encoder, LinearHead>;

function architectureOf({ width, recipe }: Table): Architecture {
  return { kind: 'mlp', inFeatures: width, hidden: recipe.plan.hidden };
}

/** The encoder with the given weights, or with new ones. The caller disposes it. */
export function tableEncoder(table: Table, seed: number, weights?: StateDict): Encoder {
  const encoder = newEncoder(architectureOf(table), seededRandom(seed, 'encoder'));
  if (weights) loadStateDict(encoder, weights);
  return encoder;
}

/** An encoder with a linear head for the table's classes. The caller disposes it. */
export function newClassifier(table: Table, seed: number, weights?: StateDict): Classifier {
  const random = seededRandom(seed, 'head');
  const head = linearHead(featureCountOf(architectureOf(table)), table.classNames.length, { random });
  return withHead(tableEncoder(table, seed, weights), head);
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
