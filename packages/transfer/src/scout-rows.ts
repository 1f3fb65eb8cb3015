import type { OpenSource } from '@warmstart/core-checkpoint';
import {
  type ClassSubset,
  classSubsets,
  clusterPairs,
  type GuidesReport,
  guides,
  reliability,
  type ScoutEvent,
  type ScoutExecutor,
  type ScoutStore,
  saveGuides,
  scout,
  shuffleGuides,
} from '@warmstart/guided-tl';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import { checkOptions, choice, wholeNumber } from './check-options.js';
import { TransferError } from './errors.js';
import { openEncoder } from './open-model.js';
import { PretrainedEncoder } from './pretrained-encoder.js';
import { type PreparedRows, prepareRows } from './rows/prepared-rows.js';
import type { Rows } from './rows/rows.js';
import { type SplitShares, splitRows } from './rows/splits.js';
import { type ScoutTraining, trainScout } from './scouting/scout-training.js';

/** What {@link scoutRows} takes besides rows. */
export interface ScoutRowsOptions {
  /** The encoder that the guides are for, or the file of one. */
  readonly from: PretrainedEncoder | OpenSource;
  /**
   * What scouts learn: to tell clusters of rows apart, for which no label is looked at, or pairs of classes of labelled
   * rows. Default `clusters`.
   */
  readonly by?: 'clusters' | 'classes';
  /** How many scouts. Default 24. */
  readonly scouts?: number;
  /** How many clusters the rows are put into. Default 12. */
  readonly clusters?: number;
  /** Training steps of a scout. Default 60. */
  readonly steps?: number;
  /** Rows per batch of a scout. Default 64. */
  readonly batchSize?: number;
  /** Default 1e-3. */
  readonly learningRate?: number;
  /** Base of every random stream. Default 0. */
  readonly seed?: number;
  readonly splits?: SplitShares;
  /** Where finished scouts are kept and found again. */
  readonly store?: ScoutStore;
  /** Trains scouts elsewhere, e.g. in worker threads; by default they are trained here, one after another. */
  readonly executor?: ScoutExecutor<ClassSubset>;
  readonly onEvent?: (event: ScoutEvent) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

const optionNames = [
  'from',
  'by',
  'scouts',
  'clusters',
  'steps',
  'batchSize',
  'learningRate',
  'seed',
  'splits',
  'store',
  'executor',
  'onEvent',
  'signal',
] as const satisfies readonly (keyof ScoutRowsOptions)[];

/** Guides of an encoder, and whether they carry information. */
export interface ScoutedRows {
  /** How far each weight may move, 0 to 1, under the encoder's keys. */
  readonly guides: StateDict;
  /** The encoder that the guides belong to: where the scouts ended on average. Fine-tune from this one. */
  readonly encoder: PretrainedEncoder;
  /** Rank correlation of the guides of one half of the scouts with the other's, within tensors: −1 to 1. */
  readonly reliability: number;
  /** What that figure means, in a sentence. */
  readonly meaning: string;
  readonly report: GuidesReport;
  /** The same values in other places: the control that guided fine-tuning must beat. */
  shuffled(random: () => number): StateDict;
  /** The guides as a file, which belongs to `encoder`. */
  toBytes(): Promise<Uint8Array>;
}

/**
 * Scouts on one's own rows: each learns an easier problem cut from the training rows, starting from the encoder. How
 * far each weight moves, scout by scout, becomes its guide value.
 *
 * @throws TransferError `too-few-rows` if no two groups can be told apart, `no-label` for `by: 'classes'` without
 *   labels, `other-data` where the encoder takes other rows, `bad-option`; ScoutingError
 * @example
 * const { guides, encoder, meaning } = await scoutRows(rows, { from: 'encoder.safetensors', seed: 7 });
 * const model = await finetune(rows, { from: encoder, guides, labels: 20 });
 * @see Nikolić et al. 2023, Guided Transfer Learning, arXiv 2303.16154
 */
export async function scoutRows(rows: Rows, options: ScoutRowsOptions): Promise<ScoutedRows> {
  checkOptions('scoutRows', options ?? {}, optionNames);
  const { signal, store, executor, onEvent } = options;
  const seed = wholeNumber('scoutRows', 'seed', options.seed ?? 0, 0);
  const count = wholeNumber('scoutRows', 'scouts', options.scouts ?? 24, 2);
  const encoder = await encoderOf(options);
  const index = await rows.index(signal);
  const { train } = splitRows(index, rows.output, options.splits);
  const prepared = await prepareRows(rows, encoder.card.input, train, signal ? { signal } : {});
  const subproblems = subproblemsOf(rows, prepared, { ...options, seed, count });
  const training: ScoutTraining = {
    steps: wholeNumber('scoutRows', 'steps', options.steps ?? 60),
    batchSize: wholeNumber('scoutRows', 'batchSize', options.batchSize ?? 64, 2),
    learningRate: options.learningRate ?? 1e-3,
  };
  const { architecture } = encoder.card;
  const scouted = await scout<ClassSubset>({
    base: encoder.weights,
    subproblems,
    seed,
    ...(executor
      ? { executor }
      : { train: (job, context) => trainScout(prepared, architecture, job, training, context.signal) }),
    ...(store ? { store } : {}),
    ...(onEvent ? { onEvent } : {}),
    ...(signal ? { signal } : {}),
  });
  // no guide above 1: a guided run is tuned over the same rates as a plain one
  const found = guides(scouted, { scale: 'quantile' });
  const within = reliability(scouted).withinTensor;
  return {
    guides: found.guides,
    encoder: new PretrainedEncoder(found.base, encoder.card),
    reliability: within,
    meaning: meaningOf(within),
    report: found.report,
    shuffled: (random) => shuffleGuides(found.guides, random),
    toBytes: () => saveGuides(found),
  };
}

async function encoderOf({ from }: ScoutRowsOptions): Promise<PretrainedEncoder> {
  if (from === undefined) {
    throw new TransferError('bad-option', 'scoutRows: from must be an encoder or the file of one, got none.');
  }
  return from instanceof PretrainedEncoder ? from : openEncoder(from);
}

function subproblemsOf(
  rows: Rows,
  prepared: PreparedRows,
  { by = 'clusters', clusters = 12, seed, count }: ScoutRowsOptions & { seed: number; count: number },
): ClassSubset[] {
  const way = choice('scoutRows', 'by', by, ['clusters', 'classes']);
  if (way === 'classes') {
    if (rows.output?.kind !== 'classes') {
      throw new TransferError(
        'no-label',
        `${rows.name}: scouts by classes need rows with classes, got none. Use by: 'clusters'.`,
        { file: rows.name },
      );
    }
    return classSubsets({
      labels: Int32Array.from(prepared.outputs),
      size: 2,
      count,
      random: seededRandom(seed, 'classes'),
    });
  }
  const most = Math.min(wholeNumber('scoutRows', 'clusters', clusters, 2), Math.floor(prepared.rowCount / 4));
  if (most < 2) {
    throw new TransferError(
      'too-few-rows',
      `${rows.name}: at least 8 training rows are needed to make clusters for scouts, got ${prepared.rowCount}.`,
      { file: rows.name },
    );
  }
  return clusterPairs({
    features: { data: prepared.features, shape: [prepared.rowCount, prepared.width] },
    clusters: most,
    pairs: Math.min(count, (most * (most - 1)) / 2),
    random: seededRandom(seed, 'clusters', prepared.width),
  });
}

/** What a reliability says. The borders are of correlations: 0.3 explains a tenth of the variance, 0.7 half of it. */
function meaningOf(value: number): string {
  if (value < 0.1) return 'The scouts do not agree: these guides are noise. More scouts, or harder problems.';
  if (value < 0.3) return 'The scouts hardly agree: little in these guides repeats.';
  return value < 0.7
    ? 'The scouts agree in part: some of what the guides say repeats.'
    : 'The scouts agree: what the guides say repeats.';
}
