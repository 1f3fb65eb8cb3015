import * as tf from '@tensorflow/tfjs-core';
import {
  assignProbe,
  cacheFeatures,
  type FeatureScale,
  type Features,
  featureScale,
  type LinearProbe,
  linearHead,
  linearProbe,
  probeLogits,
  selectVariables,
  withHead,
} from '@warmstart/finetune-heads';
import { crossEntropy, type Module } from '@warmstart/nn';
import { seededRandom, shuffled } from '@warmstart/random';
import { accuracy, adamW, fit, predict } from '@warmstart/training';
import { type EncoderWeights, makeEncoder } from './encoder.js';
import type { FewLabelsPlan, Trial } from './plan.js';
import { encoderFeatures } from './rebuilder.js';
import { RootHead, rootsOf } from './root-head.js';
import { gather, type Part, type Table } from './table.js';

const chunkRows = 500;

/** What a linear model sees of each part. */
export interface View {
  train: Features;
  validation: Features;
  test: Features;
  scale: FeatureScale;
}

/** The table's own features. */
export function rawView(table: Table): View {
  const of = (part: Part): Features => ({ data: part.features, shape: [part.rowCount, table.width] });
  return withScale(of(table.train), of(table.validation), of(table.test));
}

/** What an encoder makes of every row, computed once: the encoder is frozen. */
export async function encodedView(table: Table, from: EncoderWeights | number): Promise<View> {
  const encoder = makeEncoder(table, from);
  const encodePart = async (part: Part): Promise<Features> => {
    const chunks = chunksOf(part, table.width);
    const encoded = (x: tf.Tensor2D) => encoder.call(x);
    const encode = table.roots ? (x: tf.Tensor2D) => rootsOf(encoded(x)) : encoded;
    const features = await cacheFeatures(encode, chunks);
    tf.dispose(chunks);
    return features;
  };
  const view = withScale(
    await encodePart(table.train),
    await encodePart(table.validation),
    await encodePart(table.test),
  );
  encoder.dispose();
  return view;
}

/** All rows as tensors small enough for what an encoder makes of them on the way. */
function chunksOf(part: Part, width: number): tf.Tensor2D[] {
  const chunks: tf.Tensor2D[] = [];
  for (let row = 0; row < part.rowCount; row += chunkRows) {
    const end = Math.min(row + chunkRows, part.rowCount);
    chunks.push(tf.tensor2d(part.features.subarray(row * width, end * width), [end - row, width]));
  }
  return chunks;
}

/** Scaled by all training rows: their features are known without their labels. */
function withScale(train: Features, validation: Features, test: Features): View {
  return { train, validation, test, scale: featureScale(train) };
}

/** One linear model per penalty on some labelled rows. */
export function probeTrials(
  table: Table,
  view: View,
  rows: readonly number[],
  l2s: readonly number[],
): { trials: Trial[]; probes: LinearProbe[] } {
  const width = view.train.shape[1] ?? 0;
  const data = rows.flatMap((row) =>
    Array.from({ length: width }, (_, i) => view.train.data[row * width + i] as number),
  );
  const labels = rows.map((row) => table.train.labels[row] as number);
  const probes = l2s.map((l2) =>
    linearProbe({ data, shape: [rows.length, width] }, labels, {
      l2,
      classCount: table.classCount,
      scale: view.scale,
      tolerance: 1e-5,
    }),
  );
  const trials = probes.map((probe, index) => ({
    setting: `l2 ${l2s[index]}`,
    validation: accuracy(probeLogits(probe, view.validation), table.validation.labels),
    test: accuracy(probeLogits(probe, view.test), table.test.labels),
  }));
  return { trials, probes };
}

interface TuneOptions {
  from: EncoderWeights | number;
  probe?: LinearProbe;
  seed: number;
  plan: FewLabelsPlan;
}

/** Trains encoder and head on some labelled rows, once per rate, looking at validation and test rows on the way. */
export async function tuneTrials(
  table: Table,
  rows: readonly number[],
  options: TuneOptions,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const rate of options.plan.learningRates) trials.push(...(await tuneOnce(table, rows, rate, options)));
  return trials;
}

async function tuneOnce(
  table: Table,
  rows: readonly number[],
  rate: number,
  options: TuneOptions,
): Promise<Trial[]> {
  const { from, probe, seed, plan } = options;
  const head = linearHead(encoderFeatures(table), table.classCount, { random: seededRandom(seed, 'head') });
  if (probe) assignProbe(head, probe);
  const model = withHead<Module, Module>(
    makeEncoder(table, from),
    probe && table.roots ? new RootHead(head) : head,
  );
  const variables = selectVariables(model);
  const warmUp = (step: number) => rate * Math.min(1, (step + 1) / 20);
  const optimizer = adamW({ variables, learningRate: warmUp, weightDecay: 1e-4 });
  const batchSize = Math.min(32, rows.length);
  const look = lookAt(table, (x) => model.call(x));
  const trials: Trial[] = [];
  if (probe) trials.push({ setting: `rate ${rate}, 0 steps`, ...(await look.now()) });
  try {
    await fit({
      variables,
      optimizer,
      steps: plan.steps,
      logEvery: plan.lookEvery,
      rollBack: false,
      batches: ({ step }) =>
        labelledBatch(table, shuffled(rows, seededRandom(seed, 'batch', step)).slice(0, batchSize)),
      loss: ({ x, labels }) => crossEntropy(model.call(x, { training: true }), labels),
      evaluation: { every: plan.lookEvery, measure: look.now },
      onEvent: (event) => {
        if (event.type !== 'evaluation-end') return;
        const { validation = 0, test = 0 } = event.metrics;
        trials.push({ setting: `rate ${rate}, ${event.step} steps`, validation, test });
      },
    });
  } finally {
    look.dispose();
    optimizer.dispose();
    model.dispose();
  }
  return trials;
}

function labelledBatch(table: Table, chosen: readonly number[]): { x: tf.Tensor2D; labels: tf.Tensor1D } {
  return {
    x: tf.tensor2d(gather(table.train, table.width, chosen), [chosen.length, table.width]),
    labels: tf.tensor1d(
      chosen.map((row) => table.train.labels[row] as number),
      'int32',
    ),
  };
}

/** Accuracy on validation and test rows, which stay on the backend meanwhile. */
function lookAt(table: Table, call: (x: tf.Tensor2D) => tf.Tensor) {
  const parts = [table.validation, table.test].map((part) => ({
    chunks: chunksOf(part, table.width),
    labels: part.labels,
  }));
  const now = async () => {
    const shares: number[] = [];
    for (const { chunks, labels } of parts) {
      shares.push(accuracy(await predict({ call, batches: chunks }), labels));
    }
    const [validation = 0, test = 0] = shares;
    return { validation, test };
  };
  return { now, dispose: () => tf.dispose(parts.map(({ chunks }) => chunks)) };
}
