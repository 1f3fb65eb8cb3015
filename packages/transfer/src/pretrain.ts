import * as tf from '@tensorflow/tfjs-core';
import { stateDict } from '@warmstart/core-checkpoint';
import { selectVariables } from '@warmstart/finetune-heads';
import { seededRandom } from '@warmstart/nn';
import { skill } from '@warmstart/ssl-masking';
import { adamW, fit, warmupCosine } from '@warmstart/training';
import { cardVersion } from './cards/model-card.js';
import { originOf } from './cards/origin.js';
import { checkOptions, wholeNumber } from './check-options.js';
import { TransferError } from './errors.js';
import { type FitHooks, givenHooks } from './fit-hooks.js';
import { PretrainedEncoder } from './pretrained-encoder.js';
import { type HiddenRows, newRebuilder, type Rebuilder } from './rebuild/rebuilder.js';
import { drawRows, type PreparedRows, prepareRows, takeRows } from './rows/prepared-rows.js';
import type { Rows } from './rows/rows.js';
import { type SplitShares, splitRows } from './rows/splits.js';

/** What {@link pretrain} takes besides rows. */
export interface PretrainOptions extends FitHooks {
  /** Base of every random stream. Default 0. */
  readonly seed?: number;
  /** Default 3000. */
  readonly steps?: number;
  /** Rows per batch. Default 128. */
  readonly batchSize?: number;
  /** The highest rate, after the warm-up. Default 1e-3. */
  readonly learningRate?: number;
  /** Share to hide. Default: 0.5 of columns and genes, 0.75 of pixels, 0.15 of tokens. */
  readonly maskRatio?: number;
  /** Sizes of the encoder's layers, where it is an MLP. Default [256, 128]. */
  readonly hidden?: readonly number[];
  readonly splits?: SplitShares;
}

/** Some validation rows, hidden and rebuilt. */
export interface RebuiltRows {
  readonly rows: PreparedRows;
  /** 1 where a value was hidden. */
  readonly hidden: Uint8Array;
  readonly rebuilt: Float32Array;
}

const optionNames = [
  'seed',
  'steps',
  'batchSize',
  'learningRate',
  'maskRatio',
  'hidden',
  'splits',
  'checkpoint',
  'resume',
  'onEvent',
  'signal',
  'compiler',
  'compile',
] as const satisfies readonly (keyof PretrainOptions)[];

/** Rows whose masks are kept for the losses before and after: enough for a steady figure. */
const validationRows = { texts: 64, other: 512 };

/**
 * Learns an encoder by masking: hides some values of each row and rebuilds them from the others. No label is looked at,
 * but for dividing the rows; test and validation rows are not learned from.
 *
 * @param rows - from `readRows`
 * @returns the encoder with its card, on the host: nothing to dispose
 * @throws TransferError `too-few-rows` where no row has two values, `bad-option`
 * @example
 * const encoder = await pretrain(await readRows('patients.csv', { label: 'diagnosis' }), { seed: 7 });
 * await encoder.save('encoder.safetensors');
 * @see Devlin et al. 2018, arXiv 1810.04805; He et al. 2021, arXiv 2111.06377
 */
export async function pretrain(rows: Rows, options: PretrainOptions = {}): Promise<PretrainedEncoder> {
  checkOptions('pretrain', options, optionNames);
  const seed = wholeNumber('pretrain', 'seed', options.seed ?? 0, 0);
  const steps = wholeNumber('pretrain', 'steps', options.steps ?? 3000);
  const batchSize = wholeNumber('pretrain', 'batchSize', options.batchSize ?? 128);
  const { learningRate = 1e-3, maskRatio, hidden = [256, 128], signal } = options;
  const index = await rows.index(signal);
  const splits = splitRows(index, rows.output, options.splits);
  const input = await rows.fitInput(splits.train, signal);
  const train = await prepareRows(rows, input, splits.train, signal ? { signal } : {});
  const rebuilder = newRebuilder({ input, train, hidden, maskRatio, random: seededRandom(seed, 'encoder') });
  const { model } = rebuilder;
  const variables = selectVariables(model);
  const optimizer = adamW({
    variables,
    learningRate: warmupCosine({
      peak: learningRate,
      steps,
      warmupSteps: Math.min(100, Math.floor(steps / 5)),
    }),
  });
  let masked: HiddenRows | undefined;
  try {
    const usable = usableRows(rebuilder, train, rows.name);
    const held = splits.validation.length > 0 ? splits.validation : splits.train;
    const most = rows.kind === 'texts' ? validationRows.texts : validationRows.other;
    const validation = await heldRows(rows, rebuilder, {
      input,
      held,
      most,
      fallback: takeRows(train, usable.slice(0, most)),
    });
    const masks = () => seededRandom(seed, 'validation-mask');
    masked = rebuilder.hide(validation, masks());
    const fixed = masked;
    const lossBefore = await hostValue(rebuilder.loss(fixed));
    const origin = await originOf(rows, index, [...splits.train], seed);
    await fit<HiddenRows>({
      ...givenHooks(options),
      variables,
      model,
      optimizer,
      steps,
      batches: ({ step }) => {
        const drawn = drawRows(usable.length, batchSize, seededRandom(seed, 'rows', step));
        const batch = takeRows(
          train,
          drawn.map((at) => usable[at] as number),
        );
        return rebuilder.hide(batch, seededRandom(seed, 'mask', step));
      },
      loss: (batch) => rebuilder.loss(batch, { training: true }),
      evaluation: {
        every: Math.max(1, Math.ceil(steps / 20)),
        measure: async () => ({ maskedLoss: await hostValue(rebuilder.loss(fixed)) }),
      },
      fingerprint: `${origin.data.digest} pretrain ${JSON.stringify([seed, steps, batchSize, learningRate, maskRatio, hidden])}`,
    });
    const lossAfter = await hostValue(rebuilder.loss(fixed));
    const baselineLoss = await hostValue(rebuilder.baselineLoss(fixed));
    const rebuilt = await shownRows(rebuilder, validation, masks());
    return new PretrainedEncoder(
      await stateDict(rebuilder.encoder),
      {
        version: cardVersion,
        kind: 'encoder',
        architecture: rebuilder.architecture,
        input,
        origin,
        scores: { lossBefore, lossAfter, baselineLoss, skill: skill(lossAfter, baselineLoss) },
      },
      rebuilt,
    );
  } finally {
    if (masked) tf.dispose(masked);
    optimizer.dispose();
    model.dispose();
  }
}

/** A mask must hide something and leave something. */
function usableRows(rebuilder: Rebuilder, rows: PreparedRows, name: string): Uint32Array {
  const usable: number[] = [];
  for (let row = 0; row < rows.rowCount; row++) if (rebuilder.canHide(rows, row)) usable.push(row);
  if (usable.length > 0) return Uint32Array.from(usable);
  throw new TransferError(
    'too-few-rows',
    `${name}: to pre-train by masking, a row must have at least 2 known values, and none of ${rows.rowCount} rows has. Give more columns.`,
    { file: name },
  );
}

async function heldRows(
  rows: Rows,
  rebuilder: Rebuilder,
  {
    input,
    held,
    most,
    fallback,
  }: { input: PretrainedEncoder['card']['input']; held: Uint32Array; most: number; fallback: PreparedRows },
): Promise<PreparedRows> {
  // from all over: files are often sorted by class
  const step = Math.max(1, Math.floor(held.length / (2 * most)));
  const some = held.filter((_, at) => at % step === 0);
  const prepared = await prepareRows(rows, input, some);
  const usable: number[] = [];
  for (let row = 0; row < prepared.rowCount && usable.length < most; row++)
    if (rebuilder.canHide(prepared, row)) usable.push(row);
  return usable.length > 0 ? takeRows(prepared, usable) : fallback;
}

async function shownRows(
  rebuilder: Rebuilder,
  validation: PreparedRows,
  random: () => number,
): Promise<RebuiltRows | undefined> {
  const count = Math.min(6, validation.rowCount);
  const chosen = Array.from({ length: count }, (_, at) => Math.floor((at * validation.rowCount) / count));
  const rows = takeRows(validation, chosen);
  const rebuilt = await rebuilder.rebuild?.(rows, random);
  return rebuilt && { rows, ...rebuilt };
}

async function hostValue(loss: tf.Scalar): Promise<number> {
  const [value = Number.NaN] = await loss.data();
  loss.dispose();
  return value;
}
