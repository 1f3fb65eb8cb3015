import * as tf from '@tensorflow/tfjs-core';
import { stateDict } from '@warmstart/core-checkpoint';
import { selectVariables } from '@warmstart/finetune-heads';
import { seededRandom } from '@warmstart/random';
import { skill } from '@warmstart/ssl-masking';
import { adamW, fit, warmupCosine } from '@warmstart/training';
import { cardVersion, type EncoderCard } from './cards/model-card.js';
import { originOf } from './cards/origin.js';
import { checkOptions, wholeNumber } from './check-options.js';
import { TransferError } from './errors.js';
import { type FitHooks, givenHooks } from './fit-hooks.js';
import { PretrainedEncoder } from './pretrained-encoder.js';
import { newRebuilder } from './rebuild/new-rebuilder.js';
import type { HiddenRows, Rebuilder } from './rebuild/rebuilder.js';
import type { RebuiltRows } from './rebuild/rebuilt-rows.js';
import { drawRows, type PreparedRows, prepareRows, takeRows } from './rows/prepared-rows.js';
import type { Rows } from './rows/rows.js';
import { type SplitShares, splitRows } from './rows/splits.js';
import type { InputSchema } from './schema/input-schema.js';

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

/**
 * Learns an encoder by masking: hides some values of each row and rebuilds them from the others. No label is looked at,
 * but for dividing the rows; test and validation rows are not learned from.
 *
 * @param rows - from `readRows`
 * @returns the encoder with its card, on the host: nothing to dispose
 * @throws TransferError `too-few-rows` where there are not 3 rows, or none has two values, `bad-option`
 * @example
 * const encoder = await pretrain(await readRows('patients.csv', { label: 'diagnosis' }), { seed: 7 });
 * await encoder.save('encoder.safetensors');
 * @see Devlin et al. 2018, arXiv 1810.04805; He et al. 2021, arXiv 2111.06377
 */
export async function pretrain(rows: Rows, options: PretrainOptions = {}): Promise<PretrainedEncoder> {
  checkOptions('pretrain', options, optionNames);
  const settings = {
    seed: wholeNumber('pretrain', 'seed', options.seed ?? 0, 0),
    steps: wholeNumber('pretrain', 'steps', options.steps ?? 3000),
    batchSize: wholeNumber('pretrain', 'batchSize', options.batchSize ?? 128),
    learningRate: options.learningRate ?? 1e-3,
    maskRatio: options.maskRatio,
    hidden: options.hidden ?? [256, 128],
  };
  const { seed, hidden, maskRatio } = settings;
  if (rows.rowCount < leastRows) {
    const message = `${rows.name}: at least ${leastRows} rows are needed to pre-train, got ${rows.rowCount}.`;
    throw new TransferError('too-few-rows', message, { file: rows.name });
  }
  const reading = options.signal ? { signal: options.signal } : {};
  const index = await rows.index(options.signal);
  const splits = splitRows(index, rows.output, options.splits);
  const input = await rows.fitInput(splits.train, options.signal);
  const train = await prepareRows(rows, input, splits.train, reading);
  const rebuilder = newRebuilder({ input, train, hidden, maskRatio, random: seededRandom(seed, 'encoder') });
  try {
    const usable = usableRows(rebuilder, train, rows.name);
    const validation =
      (await heldRows(rows, rebuilder, input, splits.validation)) ??
      takeRows(train, usable.slice(0, mostHeldRows(input)));
    const origin = await originOf(rows, index, splits.train, seed);
    const fingerprint = `${origin.data.digest} pretrain ${JSON.stringify(settings)}`;
    const masks = () => seededRandom(seed, 'validation-mask');
    const scores = await trainRebuilder(rebuilder, { train, usable, validation, masks }, settings, {
      ...givenHooks(options),
      fingerprint,
    });
    const { architecture } = rebuilder;
    const card = { version: cardVersion, kind: 'encoder', architecture, input, origin, scores } as const;
    const rebuilt = await shownRows(rebuilder, validation, masks());
    return new PretrainedEncoder(await stateDict(rebuilder.encoder), card, rebuilt);
  } finally {
    rebuilder.model.dispose();
  }
}

/** Of fewer, one would be learned from: its values are their own means. */
const leastRows = 3;

/** What is learned from, and what judges. */
interface MaskedRows {
  readonly train: PreparedRows;
  /** Which of them can be masked. */
  readonly usable: Uint32Array;
  readonly validation: PreparedRows;
  /** The masks of the validation rows: the same before, on the way and after. */
  masks(): () => number;
}

/** Trains a rebuilder in place. @returns losses on the validation rows, before and after */
async function trainRebuilder(
  rebuilder: Rebuilder,
  { train, usable, validation, masks }: MaskedRows,
  {
    seed,
    steps,
    batchSize,
    learningRate: peak,
  }: Required<Pick<PretrainOptions, 'seed' | 'steps' | 'batchSize' | 'learningRate'>>,
  hooks: FitHooks & { fingerprint: string },
): Promise<EncoderCard['scores']> {
  const variables = selectVariables(rebuilder.model);
  const warmupSteps = Math.min(100, Math.floor(steps / 5));
  const optimizer = adamW({ variables, learningRate: warmupCosine({ peak, steps, warmupSteps }) });
  const masked = rebuilder.hide(validation, masks());
  try {
    const lossBefore = await hostValue(rebuilder.loss(masked));
    await fit<HiddenRows>({
      ...hooks,
      variables,
      model: rebuilder.model,
      optimizer,
      steps,
      batches: ({ step }) => {
        const drawn = drawRows(usable.length, batchSize, seededRandom(seed, 'rows', step));
        const chosen = drawn.map((at) => usable[at] as number);
        return rebuilder.hide(takeRows(train, chosen), seededRandom(seed, 'mask', step));
      },
      loss: (batch) => rebuilder.loss(batch, { training: true }),
      evaluation: {
        every: Math.max(1, Math.ceil(steps / 20)),
        measure: async () => ({ maskedLoss: await hostValue(rebuilder.loss(masked)) }),
      },
    });
    const lossAfter = await hostValue(rebuilder.loss(masked));
    const baselineLoss = await hostValue(rebuilder.baselineLoss(masked));
    return { lossBefore, lossAfter, baselineLoss, skill: skill(lossAfter, baselineLoss) };
  } finally {
    tf.dispose(masked);
    optimizer.dispose();
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

/** Validation rows that can be masked, from all over: files are often sorted by class. */
async function heldRows(
  rows: Rows,
  rebuilder: Rebuilder,
  input: InputSchema,
  validation: Uint32Array,
): Promise<PreparedRows | undefined> {
  const most = mostHeldRows(input);
  const every = Math.max(1, Math.floor(validation.length / (2 * most)));
  const prepared = await prepareRows(
    rows,
    input,
    validation.filter((_, at) => at % every === 0),
  );
  const usable: number[] = [];
  for (let row = 0; row < prepared.rowCount && usable.length < most; row++)
    if (rebuilder.canHide(prepared, row)) usable.push(row);
  return usable.length > 0 ? takeRows(prepared, usable) : undefined;
}

/** Enough for a steady figure; a row of texts costs more. */
function mostHeldRows({ kind }: InputSchema): number {
  return kind === 'texts' ? 64 : 512;
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
