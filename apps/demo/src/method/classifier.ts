import * as tf from '@tensorflow/tfjs-core';
import { loadStateDict } from '@warmstart/core-checkpoint';
import {
  assignProbe,
  type EncoderWithHead,
  featureScale,
  type LinearHead,
  type LinearProbe,
  linearHead,
  linearProbe,
  withHead,
} from '@warmstart/finetune-heads';
import { type Autoencoder, autoencoder } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';
import type { HostTensor, StateDict } from '@warmstart/shapes';
import { hidden } from './pretrain.js';
import type { Rows, Table } from './table.js';

export type Encoder = Autoencoder['encoder'];
export type Classifier = EncoderWithHead<Encoder, LinearHead>;

/** The encoder with the given weights, or with new ones. The caller disposes it. */
export async function newEncoder(width: number, seed: number, weights?: StateDict): Promise<Encoder> {
  const model = autoencoder({ inFeatures: width, hidden, random: seededRandom(seed, 'encoder') });
  model.decoder.dispose();
  if (weights) await loadStateDict(model.encoder, weights);
  return model.encoder;
}

/** An encoder with a linear head for so many classes. The caller disposes it. */
export async function newClassifier(
  { width, classCount, seed }: { width: number; classCount: number; seed: number },
  weights?: StateDict,
): Promise<Classifier> {
  const encoder = await newEncoder(width, seed, weights);
  return withHead(
    encoder,
    linearHead(encoder.outFeatures, classCount, { random: seededRandom(seed, 'head') }),
  );
}

/** What a model gives for some rows, on the host: [rowCount, outFeatures]. */
export async function outputs(
  model: { call(x: tf.Tensor): tf.Tensor },
  rows: Pick<Rows, 'features' | 'rowCount'>,
  width: number,
): Promise<HostTensor> {
  const output = tf.tidy(() => model.call(tf.tensor2d(rows.features, [rows.rowCount, width])));
  try {
    return { data: Float32Array.from(await output.data()), shape: output.shape };
  } finally {
    output.dispose();
  }
}

/** A linear probe on the encoder's features of a few labelled rows, standardised by all training rows. */
export async function probeOn(
  encoder: Encoder,
  table: Table,
  labelled: Rows,
  { classCount, l2 }: { classCount: number; l2: number },
): Promise<LinearProbe> {
  const scale = featureScale(await outputs(encoder, table.train, table.width));
  const features = await outputs(encoder, labelled, table.width);
  return linearProbe(features, labelled.labels, { l2, classCount, scale });
}

/** The head takes the probe's weights: what fine-tuning should start from. */
export async function startFromProbe(
  model: Classifier,
  table: Table,
  labelled: Rows,
  options: { classCount: number; l2: number },
): Promise<void> {
  assignProbe(model.head, await probeOn(model.encoder, table, labelled, options));
}

/** Index of the largest logit of each row. */
export function predictedClasses({ data, shape }: HostTensor): Uint8Array {
  const [rows = 0, classes = 0] = shape;
  return Uint8Array.from({ length: rows }, (_, row) => {
    let best = 0;
    for (let label = 1; label < classes; label++) {
      if ((data[row * classes + label] as number) > (data[row * classes + best] as number)) best = label;
    }
    return best;
  });
}

/** Class probabilities of each row: softmax of its logits. */
export function probabilities({ data, shape }: HostTensor): Float32Array {
  const classes = shape[1] ?? 1;
  const result = Float32Array.from(data);
  for (let start = 0; start < result.length; start += classes) {
    const row = result.subarray(start, start + classes);
    const most = Math.max(...row);
    let sum = 0;
    for (let label = 0; label < classes; label++) {
      row[label] = Math.exp((row[label] as number) - most);
      sum += row[label] as number;
    }
    for (let label = 0; label < classes; label++) row[label] = (row[label] as number) / sum;
  }
  return result;
}
