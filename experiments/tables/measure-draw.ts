import { finetune, type Model, type PretrainedEncoder, pretrain } from '@warmstart/transfer';
import type { LabelCount, Scores, TableReference } from './reference.js';
import { rowsOfDraw } from './table-file.js';

/** What the default makes of one draw of labels, and the simplest way beside it; plain data. */
export interface MeasuredDraw {
  readonly seed: number;
  /** `finetune` from an encoder that was pre-trained on the rows, with no other option. */
  readonly default: Scores;
  /** The way that it chose: `linear`, `head` or `full`. */
  readonly chosen: string;
  /** The same with `tune: 'head'`: logistic or ridge regression on the encoder's features. */
  readonly head: Scores;
  /** Of both. */
  readonly seconds: number;
}

/** Pre-trains the encoder of a table: on all rows but the test rows, without their labels. */
export async function encoderOf(
  name: string,
  reference: TableReference,
  options: { steps: number; signal: AbortSignal },
): Promise<PretrainedEncoder> {
  return pretrain(await rowsOfDraw(name, reference, 'all', 0), { ...options, seed: 0 });
}

/** Learns from the labels of one draw in both ways, and scores the test rows. */
export async function measureDraw(
  name: string,
  reference: TableReference,
  draw: { labels: LabelCount; seed: number; encoder: PretrainedEncoder; signal: AbortSignal },
): Promise<MeasuredDraw> {
  const { labels, seed, encoder, signal } = draw;
  const started = performance.now();
  const rows = await rowsOfDraw(name, reference, labels, seed);
  const usual = await finetune(rows, { from: encoder, seed, signal });
  return {
    seed,
    default: scoresOf(usual),
    chosen: String(usual.chosen.tune),
    head: scoresOf(await finetune(rows, { from: encoder, tune: 'head', seed, signal })),
    seconds: (performance.now() - started) / 1000,
  };
}

function scoresOf(model: Model): Scores {
  const { metrics } = model;
  model.dispose();
  return metrics;
}
