import {
  type ClassSubset,
  clusterPairs,
  type Guides,
  guides,
  reliability,
  type ScoutJob,
  scout,
  shuffleGuides,
} from '@warmstart/guided-tl';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import type { Table } from './table.js';

/** The guides of one run, and the same values in other places. */
export interface QuickstartGuides extends Guides {
  shuffled(random: () => number): StateDict;
  /** Rank correlation of the guides of one half of the scouts with the other's, within tensors. */
  reliability: number;
}

/**
 * Scouts from the encoder: each learns to tell two clusters of unlabelled rows apart. How far its weights move, scout
 * by scout, becomes their guide values.
 */
export async function makeGuides(options: {
  table: Table;
  encoder: StateDict;
  seed: number;
  workers: number;
  runScout: (job: ScoutJob<ClassSubset>) => Promise<StateDict>;
  onScout: (done: number) => void;
}): Promise<QuickstartGuides> {
  const { table, encoder, seed, workers, runScout, onScout } = options;
  const { count, clusters } = table.recipe.plan.scouts;
  const subproblems = clusterPairs({
    features: { data: table.train.features, shape: [table.train.rowCount, table.width] },
    clusters,
    pairs: count,
    random: seededRandom(seed, 'clusters', table.width),
  });
  const scouted = await scout<ClassSubset>({
    base: encoder,
    subproblems,
    seed,
    executor: { concurrency: workers, run: runScout },
    onEvent: (event) => {
      if (event.type !== 'scout-start') onScout(event.done);
    },
  });
  // no guide above 1: the guided arm is tuned over the same rates as plain fine-tuning
  const found = guides(scouted, { scale: 'quantile' });
  return {
    ...found,
    reliability: reliability(scouted).withinTensor,
    shuffled: (random) => shuffleGuides(found.guides, random),
  };
}
