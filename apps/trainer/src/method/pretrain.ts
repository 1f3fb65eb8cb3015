import * as tf from '@tensorflow/tfjs-core';
import { stateDict } from '@warmstart/core-checkpoint';
import { selectVariables } from '@warmstart/finetune-heads';
import { seededRandom } from '@warmstart/random';
import type { Random, StateDict, StepCompiler } from '@warmstart/shapes';
import { skill } from '@warmstart/ssl-masking';
import { adamW, fit, type TrainingEvent, warmupCosine } from '@warmstart/training';
import { DataError } from '../data/data-error.js';
import type { Part } from '../data/encode-rows.js';
import type { Examples } from '../data/examples.js';
import type { Run } from '../runs/run.js';
import type { Settings } from '../settings/project.js';
import type { Architecture } from './architecture.js';
import { type HiddenRows, makeRebuilder, type Rebuilder } from './rebuilder.js';
import { drawRows, takeRows } from './take-rows.js';

/** What pre-training gives. */
export interface Pretrained {
  encoder: StateDict;
  architecture: Architecture;
  /** Under masks that never change, on validation rows. */
  lossBefore: number;
  lossAfter: number;
  /** Of knowing only what is most usual. */
  baselineLoss: number;
  /** 1 − lossAfter ÷ baselineLoss: above 0, something was learned of how values hang together. */
  skill: number;
  /** Some validation rows, hidden and rebuilt; only of columns and pixels. */
  examples?: { rows: Part; hidden: Uint8Array; rebuilt: Float32Array };
}

/** Learns to rebuild hidden values of the training rows from the others. Answers are not looked at. */
export async function pretrain(
  data: Examples,
  settings: Settings<'pretrain'>,
  run: Run,
  { onEvent, compiler }: { onEvent: (event: TrainingEvent) => void; compiler: StepCompiler },
): Promise<Pretrained> {
  const { seed, steps, batchSize, learningRate: peak, maskRatio, hidden: sizes } = settings;
  const rows = rowsToRebuild(data.parts.train, data);
  const rebuilder = newRebuilder(data, settings);
  const { model } = rebuilder;
  const variables = selectVariables(model);
  const learningRate = warmupCosine({ peak, steps, warmupSteps: Math.min(100, Math.floor(steps / 5)) });
  const optimizer = adamW({ variables, learningRate });
  const validation = validationRows(data);
  const masks = () => seededRandom(seed, 'validation-mask');
  const hidden = rebuilder.hide(validation, masks());
  try {
    const lossBefore = await hostValue(rebuilder.loss(hidden));
    await fit<HiddenRows>({
      ...(await run.fitHooks(settings.checkpointEvery, onEvent)),
      variables,
      model,
      optimizer,
      steps,
      batches: ({ step }) => {
        const drawn = drawRows(rows, batchSize, seededRandom(seed, 'rows', step));
        return rebuilder.hide(takeRows(data.parts.train, drawn), seededRandom(seed, 'mask', step));
      },
      loss: (batch) => rebuilder.loss(batch, { training: true }),
      compiler,
      compile: settings.compile,
      fingerprint: `${data.digest} pretrain ${JSON.stringify([seed, steps, batchSize, peak, maskRatio, sizes])}`,
    });
    const lossAfter = await hostValue(rebuilder.loss(hidden));
    const baselineLoss = await hostValue(rebuilder.baselineLoss(hidden));
    const examples = await shownRows(rebuilder, validation, masks());
    return {
      encoder: await stateDict(rebuilder.encoder),
      architecture: rebuilder.architecture,
      lossBefore,
      lossAfter,
      baselineLoss,
      skill: skill(lossAfter, baselineLoss),
      ...(examples ? { examples } : {}),
    };
  } finally {
    tf.dispose(hidden);
    optimizer.dispose();
    model.dispose();
  }
}

function newRebuilder({ preparation, parts }: Examples, settings: Settings<'pretrain'>): Rebuilder {
  const { hidden, maskRatio, seed } = settings;
  return makeRebuilder({
    preparation,
    train: parts.train,
    hidden,
    maskRatio,
    random: seededRandom(seed, 'encoder'),
  });
}

/** A mask must hide something and leave something: rows with fewer than two known values cannot take part. */
function rowsToRebuild(
  part: Part,
  { preparation, layout, source }: Pick<Examples, 'preparation' | 'layout' | 'source'>,
): number[] {
  const { width, groups } = layout;
  const special = preparation.kind === 'texts' ? 4 : -1; // [PAD] [UNK] [CLS] [SEP] [MASK] are the first five ids
  const enough = (row: number) => {
    let count = 0;
    for (const [first = 0] of groups) {
      const index = row * width + first;
      const there = special >= 0 ? (part.features[index] as number) > special : part.known?.[index] !== 0;
      if (there && ++count === 2) return true;
    }
    return false;
  };
  const rows = Array.from({ length: part.rowCount }, (_, row) => row).filter(enough);
  if (rows.length > 0) return rows;
  throw new DataError(
    'too-few-rows',
    `${source.name}: to pre-train by hiding, a row must have at least 2 known values, got none that has. Are there enough columns?`,
    source.name,
  );
}

function validationRows(data: Examples): Part {
  const { validation, train } = data.parts;
  const part = validation.rowCount > 0 ? validation : train;
  const usable = rowsToRebuild(part, data);
  return takeRows(part, usable.slice(0, data.preparation.kind === 'texts' ? 64 : 512));
}

async function shownRows(
  rebuilder: Rebuilder,
  validation: Part,
  random: Random,
): Promise<Pretrained['examples']> {
  const count = Math.min(6, validation.rowCount);
  // from all over: files often lie class by class
  const chosen = Array.from({ length: count }, (_, index) =>
    Math.floor((index * validation.rowCount) / count),
  );
  const rows = takeRows(validation, chosen);
  const rebuilt = await rebuilder.rebuild?.(rows, random);
  return rebuilt && { rows, ...rebuilt };
}

async function hostValue(loss: tf.Scalar): Promise<number> {
  const [value = Number.NaN] = await loss.data();
  loss.dispose();
  return value;
}
