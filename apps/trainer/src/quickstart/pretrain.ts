import * as tf from '@tensorflow/tfjs';
import { stateDict } from '@warmstart/core-checkpoint';
import { selectVariables } from '@warmstart/finetune-heads';
import { type Autoencoder, autoencoder } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import { type ColumnBlock, hideValues, sampleMask, sampleMaskValues } from '@warmstart/ssl-masking';
import { adamW, fit, warmupCosine } from '@warmstart/training';
import { rebuildLoss } from '../method/rebuild-loss.js';
import type { Recipe } from './recipe.js';
import { gather, type Rows, type Table } from './table.js';

/** What pre-training gives. */
export interface Pretrained {
  encoder: StateDict;
  /** Mean training loss by step, every 20 steps. */
  curve: { step: number; loss: number }[];
  maskedLossBefore: number;
  maskedLossAfter: number;
  baselineLoss: number;
}

/**
 * Learns to rebuild hidden values of the training rows from the others. Labels are not looked at.
 *
 * @param onStep - told the step and the loss now and then
 */
export async function pretrain(
  recipe: Recipe,
  table: Table,
  seed: number,
  onStep: (step: number, loss: number) => void,
): Promise<Pretrained> {
  const { steps, batchSize, learningRate, warmupSteps } = recipe.plan.pretrain;
  const random = (purpose: 'batch' | 'mask', step: number) =>
    seededRandom(seed, purpose, recipe.dataset, step);
  const model = autoencoder({
    inFeatures: table.width,
    hidden: recipe.plan.hidden,
    random: seededRandom(seed, 'init', recipe.dataset),
  });
  const variables = selectVariables(model);
  const schedule = warmupCosine({ peak: learningRate, steps, warmupSteps });
  const optimizer = adamW({ variables, learningRate: schedule });
  const curve: { step: number; loss: number }[] = [];
  try {
    const maskedLossBefore = await validationLoss(model, recipe, table, seed);
    await fit({
      variables,
      optimizer,
      steps,
      batches: ({ step }) => randomRows(table, batchSize, random('batch', step)),
      loss: (batch, { step }) => reconstructionLoss(model, batch, table.width, recipe, random('mask', step)),
      onEvent: (event) => {
        if (event.type !== 'step-end') return;
        curve.push({ step: event.step, loss: event.loss });
        onStep(event.step, event.loss);
      },
    });
    return {
      encoder: await stateDict(model.encoder),
      curve,
      maskedLossBefore,
      maskedLossAfter: await validationLoss(model, recipe, table, seed),
      baselineLoss: baselineLoss(recipe, table, seed),
    };
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

/** Loss of rebuilding the hidden values of some rows; the caller disposes it. */
function reconstructionLoss(
  model: Autoencoder,
  rows: Rows,
  width: number,
  recipe: Recipe,
  random: () => number,
): tf.Scalar {
  return tf.tidy(() => {
    const { groupSize, maskRatio } = recipe;
    const shape: [number, number] = [rows.rowCount, width];
    const target = tf.tensor2d(rows.features, shape);
    const mask = sampleMask(shape, maskRatio, random, { groups: groupSize });
    return rebuildLoss(model.call(hideValues(target, mask)), target, mask, blocksOf(recipe, width));
  });
}

/** What the columns are: numbers, or categories of a few columns each. */
function blocksOf({ reconstruction, groupSize }: Recipe, width: number): ColumnBlock[] {
  if (reconstruction === 'squared-error') return [{ kind: 'numeric', start: 0, size: width }];
  return Array.from({ length: width / groupSize }, (_, group) => ({
    kind: 'category',
    start: group * groupSize,
    size: groupSize,
  }));
}

/** Loss on the validation rows under masks that never change. */
async function validationLoss(
  model: Autoencoder,
  recipe: Recipe,
  table: Table,
  seed: number,
): Promise<number> {
  const random = seededRandom(seed, 'validation-mask', recipe.dataset);
  const loss = reconstructionLoss(model, table.validation, table.width, recipe, random);
  const [value = Number.NaN] = await loss.data();
  loss.dispose();
  return value;
}

/** Loss on the same hidden values of knowing only what each column is on average in the training rows. */
function baselineLoss(recipe: Recipe, table: Table, seed: number): number {
  const { width, train, validation } = table;
  const { groupSize, maskRatio, reconstruction } = recipe;
  const means = columnMeans(train, width);
  const random = seededRandom(seed, 'validation-mask', recipe.dataset);
  const hidden = sampleMaskValues([validation.rowCount, width], maskRatio, random, { groups: groupSize });
  const errorAt = (index: number): number => {
    const value = validation.features[index] as number;
    const mean = means[index % width] as number;
    if (reconstruction === 'squared-error') return (value - mean) ** 2;
    // of a group's columns only the true category's counts, so a group's columns add up to its cross-entropy
    return value === 0 ? 0 : -groupSize * Math.log(mean);
  };
  let total = 0;
  let count = 0;
  for (let index = 0; index < hidden.length; index++) {
    if (hidden[index] === 0) continue;
    total += errorAt(index);
    count++;
  }
  return total / count;
}

function columnMeans({ features, rowCount }: Rows, width: number): Float64Array {
  const means = new Float64Array(width);
  for (let index = 0; index < features.length; index++) {
    means[index % width] = (means[index % width] as number) + (features[index] as number) / rowCount;
  }
  return means;
}

function randomRows(table: Table, count: number, random: () => number): Rows {
  const chosen = Int32Array.from({ length: count }, () => Math.floor(random() * table.train.rowCount));
  return gather(table.train, table.width, chosen);
}
