import type { NamedTensor, StateDict } from '@warmstart/shapes';
import { flatten, parameterLayout } from './parameter-layout.js';
import { scoutSeed, type TrainScout } from './scout-job.js';
import { copyStateDict } from './state-dict.js';

/** What {@link reptile} takes. */
export interface ReptileOptions<Subproblem> {
  /** Where to start; copied. */
  base: ReadonlyMap<string, NamedTensor>;
  /** Visited in turn, again and again. */
  subproblems: readonly Subproblem[];
  /** As for `scout`; a few steps. */
  train: TrainScout<Subproblem>;
  seed: number;
  /** Visits in all, ≥ 1. */
  rounds: number;
  /** Share of the way to a scout's end, in (0, 1]. Default: from 0.3 evenly down towards 0. */
  rate?: (round: number) => number;
  signal?: AbortSignal;
}

/**
 * A base from which short training goes far: moved, one sub-problem after the other, towards where training
 * on it ends. The neighbour that guides must be compared with: it needs the same sub-problems, and often wins.
 *
 * @returns moved weights; statistics as in the base. A visit that ends at a weight that is not finite is skipped.
 * @throws RangeError if every visit did, or the options cannot be
 * @see Nichol et al. 2018, On First-Order Meta-Learning Algorithms, arXiv 1803.02999
 */
export async function reptile<Subproblem>(options: ReptileOptions<Subproblem>): Promise<StateDict> {
  const { subproblems, train, seed, rounds, rate = (round) => 0.3 * (1 - round / rounds), signal } = options;
  if (subproblems.length === 0 || !Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(
      `reptile: there must be a sub-problem and an integer of rounds ≥ 1, got ${subproblems.length} and ${rounds}.`,
    );
  }
  const moved = copyStateDict(options.base);
  const layout = parameterLayout('reptile', moved);
  let visits = 0;
  for (let round = 0; round < rounds; round++) {
    signal?.throwIfAborted();
    const subproblem = subproblems[round % subproblems.length] as Subproblem; // the index is inside the list
    const job = { base: copyStateDict(moved), subproblem, seed: scoutSeed(seed, round), index: round };
    const outcome = await train(job, signal ? { signal } : {});
    const end = flatten('reptile', layout, outcome instanceof Map ? outcome : outcome.weights);
    if (!end.every(Number.isFinite)) continue;
    visits++;
    for (const { key, offset } of layout.entries) {
      const data = moved.get(key)?.data as Float32Array; // the layout was made of it
      for (let i = 0; i < data.length; i++) {
        data[i] = (data[i] ?? 0) + rate(round) * ((end[offset + i] ?? 0) - (data[i] ?? 0));
      }
    }
  }
  if (visits > 0) return moved;
  throw new RangeError(
    `reptile: at least one visit must end finite, got none of ${rounds}. Lower the inner rate.`,
  );
}
