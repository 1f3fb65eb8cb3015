import * as tf from '@tensorflow/tfjs-core';
import { stateDict } from '@warmstart/core-checkpoint';
import { selectVariables } from '@warmstart/finetune-heads';
import { type Autoencoder, autoencoder } from '@warmstart/models';
import { randomOrder, seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import { hideValues, maskedLoss, sampleMask, sampleMaskValues } from '@warmstart/ssl-masking';
import { adamW, fit, type TrainingCheckpoint, warmupCosine } from '@warmstart/training';
import { gather, type Rows, type Table } from './table.js';

export interface PretrainSettings {
  /** share of the units to hide, in (0, 1) */
  maskRatio: number;
  /** features that are hidden together */
  groupSize: number;
  steps: number;
  seed: number;
}

export const hidden = [256, 128];
export const batchSize = 128;
const plan = {
  learningRate: 1e-3,
  warmupSteps: 50,
  checkEvery: 40,
  keepEvery: 80,
  logEvery: 10,
  checkRows: 400,
};
export const exampleCount = 12;

/** How long the learning rate rises; short runs leave time to learn after it. */
export function warmupStepsOf(steps: number): number {
  return Math.min(plan.warmupSteps, Math.floor(steps / 2));
}

/** How well hidden values of rows that are not trained on are rebuilt, at one step. */
export interface Check {
  step: number;
  loss: number;
  /** of knowing only what each column is on average */
  baseline: number;
}

/** Some rows with hidden values, and what the model rebuilt. */
export interface Examples {
  width: number;
  /** [rows, width], standardised */
  truth: Float32Array;
  /** [rows, width]: values, or probabilities within a group */
  rebuilt: Float32Array;
  /** [rows, width], 1 where hidden */
  hidden: Uint8Array;
}

export type PretrainEvent =
  | { type: 'losses'; step: number; losses: Float32Array; millisecondsPerStep: number; tensors: number }
  | { type: 'check'; check: Check; examples: Examples };

/**
 * Learns to rebuild hidden values of the training rows. Labels are not looked at.
 *
 * @param options.resume - a checkpoint of the same run; the result is that of a run never stopped
 * @param options.keep - gets a checkpoint now and then, and when `signal` stops the run
 * @returns the encoder; the caller owns it
 */
export async function pretrain(
  table: Table,
  settings: PretrainSettings,
  options: {
    resume?: TrainingCheckpoint | undefined;
    signal: AbortSignal;
    keep: (checkpoint: TrainingCheckpoint) => Promise<void>;
    tell: (event: PretrainEvent) => void;
  },
): Promise<StateDict> {
  const { steps, seed } = settings;
  const { resume, signal, keep, tell } = options;
  const model = autoencoder({ inFeatures: table.width, hidden, random: seededRandom(seed, 'init') });
  const variables = selectVariables(model);
  const { learningRate: peak, checkEvery, keepEvery, logEvery } = plan;
  const warmupSteps = warmupStepsOf(steps);
  const optimizer = adamW({ variables, learningRate: warmupCosine({ peak, steps, warmupSteps }) });
  const check = async (step: number) =>
    tell({ type: 'check', ...(await checkOn(model, table, settings, step)) });
  try {
    if (!resume) await check(0);
    await fit({
      variables,
      optimizer,
      steps,
      logEvery,
      batches: ({ step }) => randomRows(table, seededRandom(seed, 'batch', step)),
      loss: (batch, { step }) =>
        rebuildingLoss(model, batch, table, settings, seededRandom(seed, 'mask', step)),
      fingerprint: JSON.stringify([settings, table.width, table.trainRows]),
      checkpoint: { every: keepEvery, save: keep },
      ...(resume ? { resume } : {}),
      signal,
      onEvent: async (event) => {
        if (event.type !== 'step-end') return;
        const { step, losses, millisecondsPerStep } = event;
        tell({ type: 'losses', step, losses, millisecondsPerStep, tensors: tf.memory().numTensors });
        if (step % checkEvery === 0 || step === steps) await check(step);
      },
    });
    return await stateDict(model.encoder);
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

/** Loss of rebuilding the hidden values of some rows; the caller disposes it. */
function rebuildingLoss(
  model: Autoencoder,
  rows: Rows,
  table: Table,
  settings: PretrainSettings,
  random: () => number,
): tf.Scalar {
  return tf.tidy(() => {
    const { width, groupSize: categories, reconstruction } = table;
    const shape: [number, number] = [rows.rowCount, width];
    const target = tf.tensor2d(rows.features, shape);
    const mask = sampleMask(shape, settings.maskRatio, random, { groups: settings.groupSize });
    const predicted = model.call(hideValues(target, mask));
    if (reconstruction === 'squared-error') return maskedLoss(predicted, target, mask);
    // one category per group: [rows, groups, categories], hidden as a whole
    const grouped = [rows.rowCount, width / categories, categories];
    const isHidden = tf.squeeze(tf.slice(tf.reshape(mask, grouped), [0, 0, 0], [-1, -1, 1]), [2]);
    return maskedLoss(tf.reshape(predicted, grouped), tf.reshape(target, grouped), isHidden, {
      kind: 'cross-entropy',
    });
  });
}

/** The loss on rows that are not trained on, under masks that never change, and some of those rows to look at. */
async function checkOn(
  model: Autoencoder,
  table: Table,
  settings: PretrainSettings,
  step: number,
): Promise<{ check: Check; examples: Examples }> {
  const count = Math.min(plan.checkRows, table.validation.rowCount);
  const order = randomOrder(table.validation.rowCount, seededRandom(settings.seed, 'validation-rows'));
  const rows = gather(table.validation, table.width, order.slice(0, count)); // files come sorted by class
  const random = () => seededRandom(settings.seed, 'validation-mask');
  const masked = sampleMaskValues([count, table.width], settings.maskRatio, random(), {
    groups: settings.groupSize,
  });
  const lossTensor = rebuildingLoss(model, rows, table, settings, random());
  const [loss = Number.NaN] = await lossTensor.data();
  lossTensor.dispose();
  const baseline = baselineLoss(table, rows, masked);
  return { check: { step, loss, baseline }, examples: await examplesFrom(model, table, rows, masked) };
}

async function examplesFrom(
  model: Autoencoder,
  table: Table,
  rows: Rows,
  masked: Uint8Array,
): Promise<Examples> {
  const { width, groupSize, reconstruction } = table;
  const count = Math.min(exampleCount, rows.rowCount);
  const truth = rows.features.slice(0, count * width);
  const isHidden = masked.slice(0, count * width);
  const output = tf.tidy(() => {
    const seen = tf.tensor2d(
      truth.map((value, i) => (isHidden[i] ? 0 : value)),
      [count, width],
    );
    const predicted = model.call(seen);
    if (reconstruction === 'squared-error') return predicted;
    return tf.reshape(tf.softmax(tf.reshape(predicted, [count, width / groupSize, groupSize])), [
      count,
      width,
    ]);
  });
  const rebuilt = Float32Array.from(await output.data());
  output.dispose();
  return { width, truth, rebuilt, hidden: isHidden };
}

/** Loss on the same hidden values of knowing only what each column is on average in the training rows. */
function baselineLoss(
  { train, width, groupSize, reconstruction }: Table,
  rows: Rows,
  masked: Uint8Array,
): number {
  const means = new Float64Array(width);
  for (let i = 0; i < train.features.length; i++) {
    means[i % width] = (means[i % width] as number) + (train.features[i] as number) / train.rowCount;
  }
  let [total, count] = [0, 0];
  for (let i = 0; i < masked.length; i++) {
    if (masked[i] === 0) continue;
    const [value, mean] = [rows.features[i] as number, means[i % width] as number];
    // of a group's columns only the true category's counts, so a group's columns add up to its cross-entropy
    if (reconstruction === 'squared-error') total += (value - mean) ** 2;
    else if (value > 0) total -= groupSize * Math.log(Math.max(mean, 1e-9));
    count++;
  }
  return total / count;
}

function randomRows(table: Table, random: () => number): Rows {
  const chosen = Int32Array.from({ length: batchSize }, () => Math.floor(random() * table.train.rowCount));
  return gather(table.train, table.width, chosen);
}
