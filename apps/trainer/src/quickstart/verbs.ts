import type { GuidesReport } from '@warmstart/guided-tl';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import {
  drawLabels,
  type EncoderCard,
  type FinetuneOptions,
  finetune,
  PretrainedEncoder,
  pretrain,
  scoutRows,
} from '@warmstart/transfer';
import { score } from './score.js';
import type { Rows, Table } from './table.js';

/** An encoder as it travels between threads. */
export interface SentEncoder {
  weights: StateDict;
  card: EncoderCard;
}

/** What pre-training gives. */
export interface Pretrained {
  encoder: SentEncoder;
  /** Mean training loss by step, every 20 steps. */
  curve: { step: number; loss: number }[];
}

/** Told the step and the loss, or the scouts that are done, now and then. */
export type OnProgress = (done: number, loss?: number) => void;

/** Learns to rebuild hidden values of the training rows from the others. Labels are not looked at. */
export async function pretrainTable(table: Table, seed: number, onProgress: OnProgress): Promise<Pretrained> {
  const { hidden, pretrain: plan } = table.recipe.plan;
  const curve: Pretrained['curve'] = [];
  const { weights, card } = await pretrain(table.source, {
    ...{ seed, hidden, ...plan },
    onEvent: (event) => {
      if (event.type !== 'step-end') return;
      curve.push({ step: event.step, loss: event.loss });
      onProgress(event.step, event.loss);
    },
  });
  return { encoder: { weights, card }, curve };
}

/** The guides of one run, and the same values in other places. */
export interface QuickstartGuides {
  guides: StateDict;
  shuffled: StateDict;
  /** Moved by the mean displacement of the scouts: where guided fine-tuning starts. */
  base: SentEncoder;
  report: GuidesReport;
  reliability: number;
  meaning: string;
  bytes: Uint8Array;
}

/** Scouts from the encoder: each learns to tell two clusters of unlabelled rows apart. */
export async function scoutTable(
  table: Table,
  encoder: SentEncoder,
  seed: number,
  onProgress: OnProgress,
): Promise<QuickstartGuides> {
  const { count: scouts, ...plan } = table.recipe.plan.scouts;
  const found = await scoutRows(table.source, {
    ...{ from: opened(encoder), seed, scouts, ...plan },
    onEvent: (event) => {
      if (event.type !== 'scout-start') onProgress(event.done);
    },
  });
  const { guides, report, reliability, meaning } = found;
  return {
    ...{ guides, report, reliability, meaning },
    shuffled: found.shuffled(seededRandom(seed, 'shuffled-guides', table.width)),
    base: { weights: found.encoder.weights, card: found.encoder.card },
    bytes: await found.toBytes(),
  };
}

/** An arm as a job: what it starts from, and what learns. */
export interface HonestArm {
  tune: 'linear' | 'head' | 'full';
  encoder?: SentEncoder | undefined;
  guides?: StateDict | undefined;
}

/** One draw of an arm whose settings its own labelled rows chose. */
export interface HonestTrial {
  testAccuracy: number;
  testRocAuc: number;
}

/** The labels choose penalty and steps; rates are given and steps few, as every fold costs as much again. */
const honestTraining = { steps: 50, rateOfEncoded: 3e-4, rateOfNew: 1e-3 } as const;

/** Fine-tunes as `finetune` does: no label but the drawn ones is looked at, test rows only score. */
export async function runHonest(
  table: Table,
  { tune, encoder, guides }: HonestArm,
  seed: number,
  draw: number,
): Promise<HonestTrial> {
  const { labels, weightDecay, hidden } = table.recipe.plan;
  const { steps, rateOfEncoded, rateOfNew } = honestTraining;
  const options: FinetuneOptions = {
    ...{ tune, labels, draw, seed, weightDecay, hidden, steps },
    learningRate: encoder ? rateOfEncoded : rateOfNew,
    ...(encoder ? { from: opened(encoder) } : {}),
    ...(guides ? { guides } : {}),
  };
  const model = await finetune(table.source, options);
  try {
    const { accuracy, rocAuc } = score(await model.outputsOf(table.test), table.test.labels);
    return { testAccuracy: accuracy, testRocAuc: rocAuc };
  } finally {
    model.dispose();
  }
}

function opened({ weights, card }: SentEncoder): PretrainedEncoder {
  return new PretrainedEncoder(weights, card);
}

/** The labelled rows of one draw: the same for every arm, and of no other draw. */
export function labelledRows({ train, classNames, recipe }: Table, seed: number, draw: number): Rows {
  const chosen = drawLabels({
    candidates: Uint32Array.from({ length: train.rowCount }, (_, row) => row),
    outputs: train.outputs,
    output: { kind: 'classes', column: 'label', classNames },
    count: recipe.plan.labels,
    ...{ seed, draw, name: recipe.dataset },
  });
  const { width } = train;
  const features = new Float32Array(chosen.length * width);
  chosen.forEach((row, at) => {
    features.set(train.features.subarray(row * width, (row + 1) * width), at * width);
  });
  const outputs = Float64Array.from(chosen, (row) => train.outputs[row] as number);
  return { rowCount: chosen.length, width, features, outputs, labels: Int32Array.from(outputs) };
}
