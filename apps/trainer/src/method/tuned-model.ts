import * as tf from '@tensorflow/tfjs-core';
import { loadStateDict } from '@warmstart/core-checkpoint';
import { type EncoderWithHead, type LinearHead, linearHead, withHead } from '@warmstart/finetune-heads';
import { seededRandom } from '@warmstart/random';
import type { HostTensor, StateDict } from '@warmstart/shapes';
import { predict } from '@warmstart/training';
import type { Part } from '../data/encode-rows.js';
import type { Preparation } from '../data/preparation.js';
import { type Architecture, type Encoder, featureCountOf, makeEncoder } from './architecture.js';
import { blocksOf } from './take-rows.js';

/** An encoder with a linear head. */
export type TunedModel = EncoderWithHead<Encoder, LinearHead>;

type Answer = NonNullable<Preparation['answer']>;

/** One output a class, or one for a number. */
export function outputCount(answer: Answer): number {
  return answer.kind === 'classes' ? answer.classNames.length : 1;
}

/** An encoder with given weights, or new ones, under a new head; the caller disposes it. */
export function newModel(
  architecture: Architecture,
  answer: Answer,
  seed: number,
  encoder?: StateDict,
): TunedModel {
  const made = makeEncoder(architecture, seededRandom(seed, 'encoder'));
  if (encoder) loadStateDict(made, encoder);
  const head = linearHead(featureCountOf(architecture), outputCount(answer), {
    random: seededRandom(seed, 'head'),
  });
  return withHead(made, head);
}

/** A model as it was saved; the caller disposes it. */
export function savedModel(architecture: Architecture, answer: Answer, weights: StateDict): TunedModel {
  const model = newModel(architecture, answer, 0);
  loadStateDict(model, weights);
  return model;
}

/** Rows on the backend; the caller disposes them. */
export function inputOf({ features, rowCount }: Part): tf.Tensor2D {
  return tf.tensor2d(features, [rowCount, rowCount > 0 ? features.length / rowCount : 0]);
}

/** What a model says of rows, on the host: logits [rows, classes], or numbers in the unit of the file. */
export async function outputsOf(
  model: TunedModel,
  part: Part,
  answer: Answer,
  signal?: AbortSignal,
): Promise<HostTensor> {
  if (part.rowCount === 0) return { data: new Float32Array(), shape: [0, outputCount(answer)] };
  const outputs = await predict({
    call: (rows: Part) => model.call(inputOf(rows)),
    batches: blocksOf(part),
    ...(signal ? { signal } : {}),
  });
  if (answer.kind === 'classes') return outputs;
  const { mean = 0, deviation = 1 } = answer;
  return { data: outputs.data.map((value) => value * deviation + mean), shape: [part.rowCount] };
}

/** Features of rows, on the host: [rows, featureCount]. */
export async function featuresOf(
  model: TunedModel,
  part: Part,
): Promise<{ data: Float32Array; shape: number[] }> {
  return predict({ call: (rows: Part) => model.features(inputOf(rows)), batches: blocksOf(part) });
}
