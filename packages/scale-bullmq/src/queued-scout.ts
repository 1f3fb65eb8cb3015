import type { SharedFile } from './shared-file.js';

/** What travels through Redis: names and digests, a few hundred bytes. */
export interface QueuedScout {
  index: number;
  seed: number;
  base: SharedFile;
  subproblem: SharedFile;
  /** Only in rehearsals. */
  guides?: SharedFile;
  /** Names the run: scouts of the same base, sub-problem and seed are the same job. */
  run: string;
}

/** Where a worker leaves its result. */
export interface QueuedResult {
  outcome: SharedFile;
}

/** The queue's name in Redis unless chosen otherwise. */
export const defaultQueueName = 'warmstart-scouts';
