import type { StateDict } from '@warmstart/shapes';
import type { Moments } from './moments.js';
import type { ParameterLayout } from './parameter-layout.js';

/** What the scouts found: how far each weight went, over all sub-problems. */
export interface Scouted {
  /** Where every scout started; a copy. */
  readonly base: StateDict;
  /** `stateDictDigest` of the guided weights of the base. */
  readonly baseDigest: string;
  readonly seed: number;
  /** Sub-problems in all, finished or not. */
  readonly count: number;
  /** Which tensors were watched. */
  readonly layout: ParameterLayout;
  /** Displacements (scout − base) of the scouts with an even index and of those with an odd one. */
  readonly halves: readonly [Moments | null, Moments | null];
  readonly report: ScoutingReport;
}

/** What became of each scout, by its index. */
export interface ScoutingReport {
  finished: number[];
  /** Ended with a weight that is not finite; left out of the guides. */
  diverged: number[];
  /** Threw; left out of the guides. */
  failed: { index: number; message: string }[];
  /** Read from the store instead of trained. */
  resumed: number[];
  /** Left to other shards. */
  elsewhere: number[];
  /** Running statistics that at least one scout moved, which a frozen batch normalisation does not. */
  movedBuffers: string[];
  /** Keys that scouts returned and the base does not have, e.g. their own heads; ignored. */
  ignored: string[];
}
