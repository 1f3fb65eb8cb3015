import type { StateDict } from '@warmstart/shapes';

/** One scout's work: plain data, so that it can be sent to another thread, process or machine. */
export interface ScoutJob<Subproblem = unknown> {
  /** A copy of the base that is the scout's own. */
  base: StateDict;
  subproblem: Subproblem;
  /** 0 … 2³² − 1, of this scout alone; depends on the run's seed and the index, on nothing else. */
  seed: number;
  /** Which sub-problem, from 0. */
  index: number;
  /** Only in `refineGuides`: the guides to rehearse with, by key. */
  guides?: StateDict;
  /** Where to keep a checkpoint of the scout's own training, if the executor offers a place: a path. */
  checkpoint?: string;
}

/** What a scout returns if it measured more than where its weights ended. */
export interface ScoutOutcome {
  /** The trained weights; every key of the base that is guided. */
  weights: StateDict;
  /**
   * Numbers ≥ 0 per weight: `fisher` (mean squared gradient), `gradient` (mean |gradient|), `path` (length of
   * the way travelled), or the caller's own.
   */
  measures?: Record<string, StateDict>;
  /** Only for `refineGuides`: the gradient, at these weights, of the loss on examples that were not trained on. */
  heldOut?: StateDict;
}

/** Trains one scout from `job.base` and returns its weights. Must use no randomness but `job.seed`. */
export type TrainScout<Subproblem = unknown> = (
  job: ScoutJob<Subproblem>,
  context: { signal?: AbortSignal },
) => Promise<StateDict | ScoutOutcome>;

/** Runs scouts somewhere: in this thread, in a pool, through a queue. */
export interface ScoutExecutor<Subproblem = unknown> {
  /** Jobs to hand over at a time, ≥ 1. */
  readonly concurrency: number;
  /** Runs one job; the job's base may be kept or changed. */
  run(job: ScoutJob<Subproblem>, context: { signal?: AbortSignal }): Promise<StateDict | ScoutOutcome>;
}

/** What happens while scouts run. Awaited, so a page can draw. */
export type ScoutEvent =
  | { type: 'scout-start'; index: number; count: number }
  | {
      type: 'scout-end';
      index: number;
      count: number;
      done: number;
      result: 'finished' | 'diverged' | 'resumed';
    }
  | { type: 'scout-failed'; index: number; count: number; done: number; message: string };

/**
 * The seed of one scout.
 *
 * @returns 0 … 2³² − 1, well mixed, so that neighbouring indices share nothing
 */
export function scoutSeed(seed: number, index: number): number {
  let mixed = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
