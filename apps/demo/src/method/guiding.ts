import * as tf from '@tensorflow/tfjs-core';
import { stateDict } from '@warmstart/core-checkpoint';
import { linearHead, selectVariables, withHead } from '@warmstart/finetune-heads';
import {
  type ClassSubset,
  clusterPairs,
  type Guides,
  guides,
  reliability,
  type Scouted,
  type ScoutJob,
  scout,
  shuffleGuides,
} from '@warmstart/guided-tl';
import { crossEntropy } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import { adamW, fit } from '@warmstart/training';
import { newEncoder } from './classifier.js';
import { gather, type Rows, type Table } from './table.js';

/** What scouting gives. */
export interface GuidesFound extends Guides {
  /** the same values in other places of the same tensors: what guides must beat */
  shuffled: StateDict;
  /** rank correlation of the guides of one half of the scouts with the other's, within tensors */
  reliability: number;
}

export type Scouting = ScoutJob<ClassSubset>;

export const plan = { clusters: 12, steps: 60, batchSize: 64, learningRate: 1e-3 };

/** Sub-problems cut from the unlabelled rows: two clusters to tell apart, each pair once. */
export function subproblemsOf(table: Table, count: number, seed: number): ClassSubset[] {
  return clusterPairs({
    features: { data: table.train.features, shape: [table.train.rowCount, table.width] },
    clusters: plan.clusters,
    pairs: count,
    random: seededRandom(seed, 'clusters'),
  });
}

/** Sends a scout to each sub-problem, and gathers where their ways led. */
export function sendScouts(options: {
  encoder: StateDict;
  subproblems: readonly ClassSubset[];
  seed: number;
  concurrency: number;
  run: (job: Scouting) => Promise<StateDict>;
  onScout: (index: number, state: 'started' | 'finished' | 'diverged' | 'failed') => void;
  signal: AbortSignal;
}): Promise<Scouted> {
  const { encoder, subproblems, seed, concurrency, run, onScout, signal } = options;
  return scout<ClassSubset>({
    base: encoder,
    subproblems,
    seed,
    executor: { concurrency, run },
    signal,
    onEvent: (event) => {
      if (event.type === 'scout-start') onScout(event.index, 'started');
      else if (event.type === 'scout-failed') onScout(event.index, 'failed');
      else onScout(event.index, event.result === 'diverged' ? 'diverged' : 'finished');
    },
  });
}

/** How much the scouts' ways differ, weight by weight, becomes the guides. */
export function guidesOf(scouted: Scouted): GuidesFound {
  // no guide above 1: the guided arm is tuned over the same rates as plain fine-tuning
  const found = guides(scouted, { scale: 'quantile' });
  return {
    ...found,
    shuffled: shuffleGuides(found.guides, seededRandom(scouted.seed, 'shuffled-guides')),
    reliability: reliability(scouted).withinTensor,
  };
}

/** One scout: from a copy of the base, learns to tell two groups of unlabelled rows apart. */
export async function trainScout(table: Table, job: Scouting): Promise<StateDict> {
  const encoder = await newEncoder(table.width, 0, job.base);
  const model = withHead(
    encoder,
    linearHead(encoder.outFeatures, 2, { random: seededRandom(job.seed, 'head') }),
  );
  const variables = selectVariables(model);
  const optimizer = adamW({ variables, learningRate: plan.learningRate });
  try {
    await fit({
      variables,
      optimizer,
      steps: plan.steps,
      logEvery: plan.steps,
      clipNorm: 1,
      batches: ({ step }) => pairBatch(table, job.subproblem, seededRandom(job.seed, 'batch', step)),
      loss: ({ features, labels, rowCount }) =>
        tf.tidy(() =>
          crossEntropy(
            model.call(tf.tensor2d(features, [rowCount, table.width])),
            tf.tensor1d(labels, 'int32'),
          ),
        ),
    });
    return await stateDict(encoder);
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

/** As many rows of either cluster. */
function pairBatch(table: Table, { rows, labels }: ClassSubset, random: () => number): Rows {
  const members = [0, 1].map((label) => rows.filter((_, index) => labels[index] === label));
  const pick = (from: Int32Array | undefined) => from?.[Math.floor(random() * from.length)] ?? 0;
  const chosen = Int32Array.from({ length: plan.batchSize }, (_, index) => pick(members[index % 2]));
  return { ...gather(table.train, table.width, chosen), labels: chosen.map((_, index) => index % 2) };
}
