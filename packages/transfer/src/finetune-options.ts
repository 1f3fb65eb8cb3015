import type { OpenSource } from '@warmstart/core-checkpoint';
import type { StateDict } from '@warmstart/shapes';
import type { PretrainedEncoder } from './pretrained-encoder.js';
import type { SplitShares } from './rows/splits.js';
import type { Tuning } from './tuning/candidate.js';
import type { ClassWeights } from './tuning/class-task.js';
import type { SearchHooks } from './tuning/search-log.js';

/** What `finetune` takes besides rows. */
export interface FinetuneOptions extends SearchHooks {
  /** What to start from: an encoder, or the file of one. Without it, from scratch. */
  readonly from?: PretrainedEncoder | OpenSource;
  /** How many labelled rows to learn from, drawn by class; all where it is left out. */
  readonly labels?: number;
  /** Which of several draws of that many. Default 0. */
  readonly draw?: number;
  /** What learns: see {@link Tuning}. Default `auto`: what the labels themselves show to be best. */
  readonly tune?: 'auto' | Tuning;
  /** How far each weight of the encoder may move, under the encoder's keys; from `scoutRows` or `openGuides`. */
  readonly guides?: StateDict;
  /** Base of every random stream. Default 0. */
  readonly seed?: number;
  readonly splits?: SplitShares;
  /** Sizes of the encoder's layers, from scratch. Default [256, 128]. */
  readonly hidden?: readonly number[];
  /** Training steps of one run at most. Default: some 40 epochs, 200 at least, 3,000 at most. */
  readonly steps?: number;
  /** Rows per batch. Default 32, with many rows more. */
  readonly batchSize?: number;
  /** One rate instead of a choice of several. */
  readonly learningRate?: number;
  /** Default 1e-4. */
  readonly weightDecay?: number;
  /** Strength of the linear models' penalty instead of a choice of several; scikit-learn's 1 / C, or alpha. */
  readonly l2?: number;
  /** How much the rows of each class count. Default `none`. */
  readonly classWeights?: ClassWeights;
}

/** Their names: anything else is a mistake. */
export const finetuneOptionNames = [
  'from',
  'labels',
  'draw',
  'tune',
  'guides',
  'seed',
  'splits',
  'hidden',
  'steps',
  'batchSize',
  'learningRate',
  'weightDecay',
  'l2',
  'classWeights',
  'checkpoint',
  'resume',
  'onEvent',
  'signal',
  'compiler',
  'compile',
] as const satisfies readonly (keyof FinetuneOptions)[];
