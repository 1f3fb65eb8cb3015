import * as tf from '@tensorflow/tfjs-core';
import type { Module } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import type { StepCompiler } from '@warmstart/shapes';
import { hideValues, maskedLoss, sampleMask } from '@warmstart/ssl-masking';
import { adamW, type CompilerEvent, fit, type TrainingCheckpoint, warmupCosine } from '@warmstart/training';
import { makeRebuilder } from './rebuilder.js';
import { gather, type Table } from './table.js';

const batchSize = 128;

/** Weights of an encoder on the host, by path. */
export type EncoderWeights = Map<string, { data: Float32Array; shape: number[] }>;

/** What {@link pretrainEncoder} takes besides the table. */
export interface PretrainOptions {
  masked: boolean;
  seed: number;
  steps: number;
  signal: AbortSignal;
  onLoss?: (step: number, loss: number) => void;
  checkpoint?: { every: number; save: (checkpoint: TrainingCheckpoint) => Promise<void> };
  resume?: TrainingCheckpoint;
  /** As `fit` takes them. Default: nothing is compiled. */
  compiler?: StepCompiler;
  compile?: 'auto' | 'always' | 'never';
  onCompiler?: (event: CompilerEvent) => void;
}

/** An encoder that was pre-trained, and how that went. */
export interface PretrainedEncoder {
  weights: EncoderWeights;
  lossBefore: number;
  lossAfter: number;
  seconds: number;
}

/** Learns to rebuild the training rows, with values hidden or with all of them in sight. */
export async function pretrainEncoder(table: Table, options: PretrainOptions): Promise<PretrainedEncoder> {
  const started = performance.now();
  const { masked, seed, steps, signal, onLoss, checkpoint, resume } = options;
  const model = makeRebuilder(table, seed);
  const variables = new Map([...model.namedVariables()].map(({ path, variable }) => [path, variable]));
  const learningRate = warmupCosine({ peak: 1e-3, steps, warmupSteps: Math.min(100, Math.floor(steps / 5)) });
  const optimizer = adamW({ variables, learningRate });
  const losses: number[] = [];
  await fit({
    variables,
    optimizer,
    steps,
    batches: ({ step }) => {
      const draw = seededRandom(seed, 'rows', step);
      const rows = Array.from({ length: batchSize }, () => Math.floor(draw() * table.train.rowCount));
      return tf.tensor2d(gather(table.train, table.width, rows), [batchSize, table.width]);
    },
    loss: (x, { step }) =>
      rebuildLoss(table, x, masked, seededRandom(seed, 'mask', step), (input) => model.call(input)),
    ...(options.compiler ? { compiler: options.compiler } : {}),
    ...(options.compile ? { compile: options.compile } : {}),
    onEvent: (event) => {
      if (event.type === 'step-compile' || event.type === 'step-eager') options.onCompiler?.(event);
      if (event.type !== 'step-end') return;
      losses.push(event.loss);
      onLoss?.(event.step, event.loss);
    },
    fingerprint: `${table.name} ${masked ? table.maskRatio : 'unmasked'} seed ${seed} steps ${steps}`,
    signal,
    ...(checkpoint ? { checkpoint } : {}),
    ...(resume ? { resume } : {}),
  });
  const weights = await encoderWeights(model.encoder);
  optimizer.dispose();
  model.dispose();
  return {
    weights,
    lossBefore: losses[0] ?? Number.NaN,
    lossAfter: losses.at(-1) ?? Number.NaN,
    seconds: (performance.now() - started) / 1000,
  };
}

function rebuildLoss(
  table: Table,
  x: tf.Tensor2D,
  masked: boolean,
  random: () => number,
  rebuild: (input: tf.Tensor) => tf.Tensor,
): tf.Scalar {
  const { groups, width, maskRatio, rebuild: kind } = table;
  return tf.tidy(() => {
    const shape: [number, number] = [batchSize, width];
    const mask = masked ? sampleMask(shape, maskRatio, random, { groups }) : tf.ones(shape, 'bool');
    const predicted = rebuild(masked ? hideValues(x, mask) : x);
    if (kind === 'squared-error') return maskedLoss(predicted, x, mask, { kind });
    const size = groups[0]?.length ?? 1;
    const split = [batchSize, width / size, size];
    const first = tf.reshape(tf.slice(tf.reshape(mask, split), [0, 0, 0], [-1, -1, 1]), [
      batchSize,
      width / size,
    ]);
    return maskedLoss(tf.reshape(predicted, split), tf.reshape(x, split), first, { kind });
  });
}

async function encoderWeights(encoder: Module): Promise<EncoderWeights> {
  const weights: EncoderWeights = new Map();
  for (const { path, variable } of encoder.namedVariables()) {
    weights.set(path, { data: (await variable.data()).slice() as Float32Array, shape: variable.shape });
  }
  return weights;
}

/** A fresh encoder: with weights that were learned, or with the first ones of a seed. */
export function makeEncoder(table: Table, from: EncoderWeights | number): Module {
  const { encoder, decoder } = makeRebuilder(table, typeof from === 'number' ? from : 0);
  decoder.dispose();
  if (typeof from === 'number') return encoder;
  for (const { path, variable } of encoder.namedVariables()) {
    const weight = from.get(path);
    if (!weight) throw new Error(`makeEncoder: the weights must hold ${path}.`);
    const value = tf.tensor(weight.data, weight.shape);
    variable.assign(value);
    value.dispose();
  }
  return encoder;
}
