import type { NamedTensor, StateDict } from '@warmstart/shapes';
import { ScoutingError } from './errors.js';
import { type Moments, MomentsTree, momentsOf } from './moments.js';
import { flatten, type ParameterLayout } from './parameter-layout.js';
import type { ScoutOutcome } from './scout-job.js';
import type { Scouted, ScoutingReport } from './scouted.js';
import { listSome } from './state-dict.js';

/** What a tally is of. */
export interface TallyOptions {
  base: StateDict;
  baseDigest: string;
  seed: number;
  count: number;
  layout: ParameterLayout;
}

/** Adds scouts up as they come, in any order, to the same bits. */
export class ScoutTally {
  readonly report: ScoutingReport = {
    finished: [],
    diverged: [],
    failed: [],
    resumed: [],
    elsewhere: [],
    movedBuffers: [],
    ignored: [],
  };
  readonly #options: TallyOptions;
  readonly #start: Float32Array;
  readonly #trees: readonly [MomentsTree, MomentsTree];

  constructor(options: TallyOptions) {
    this.#options = options;
    this.#start = flatten('scout', options.layout, options.base);
    this.#trees = [
      new MomentsTree(Math.ceil(options.count / 2)),
      new MomentsTree(Math.floor(options.count / 2)),
    ];
  }

  /** The keys of the watched tensors. */
  get guidedKeys(): string[] {
    return this.#options.layout.entries.map(({ key }) => key);
  }

  /** Takes one scout in; false if it diverged. @throws RangeError if its tensors do not fit the base */
  add(index: number, { weights, measures = {} }: ScoutOutcome): boolean {
    const { layout, base } = this.#options;
    const end = flatten(`scout ${index}`, layout, weights);
    const flatMeasures = new Map(
      Object.entries(measures).map(([name, state]) => [
        name,
        flatten(`scout ${index}, ${name}`, layout, state),
      ]),
    );
    this.#noteOthers(base, weights);
    const hasConverged =
      end.every(Number.isFinite) && [...flatMeasures.values()].every((m) => m.every(Number.isFinite));
    this.#put(index, hasConverged ? momentsOf(this.#displacement(end), flatMeasures) : null);
    (hasConverged ? this.report.finished : this.report.diverged).push(index);
    return hasConverged;
  }

  /** Notes a scout that threw. */
  fail(index: number, message: string): void {
    this.#put(index, null);
    this.report.failed.push({ index, message });
  }

  /** Notes a scout that another shard trains. */
  leave(index: number): void {
    this.#put(index, null);
    this.report.elsewhere.push(index);
  }

  #put(index: number, moments: Moments | null): void {
    this.#trees[index % 2 === 0 ? 0 : 1].add(index >> 1, moments);
  }

  #displacement(end: Float32Array): Float64Array {
    return Float64Array.from(end, (value, i) => value - (this.#start[i] ?? 0));
  }

  #noteOthers(base: StateDict, weights: ReadonlyMap<string, NamedTensor>): void {
    const guided = new Set(this.guidedKeys);
    for (const [key, tensor] of weights) {
      const before = base.get(key);
      if (!before) addOnce(this.report.ignored, key);
      else if (!guided.has(key) && !sameNumbers(before, tensor)) addOnce(this.report.movedBuffers, key);
    }
  }

  /** Everything so far, with lists in order of the index. */
  result(): Scouted {
    const byNumber = (left: number, right: number) => left - right;
    for (const list of ['finished', 'diverged', 'resumed', 'elsewhere'] as const)
      this.report[list].sort(byNumber);
    this.report.failed.sort((left, right) => left.index - right.index);
    this.report.movedBuffers.sort();
    this.report.ignored.sort();
    return {
      ...this.#options,
      halves: [this.#trees[0].total(), this.#trees[1].total()],
      report: this.report,
    };
  }

  /** The result, if guides can be made of it. @throws ScoutingError `scouts-failed`, `too-few-scouts` */
  checked(): Scouted {
    const scouted = this.result();
    const { finished, diverged, failed, elsewhere } = this.report;
    if (failed.length > 0) {
      throw new ScoutingError(
        'scouts-failed',
        `scout: every scout must return weights, got ${failed.length} of ${scouted.count} that threw. ` +
          `${listSome(failed.map(({ index, message }) => `scout ${index}: ${message}`))}. ` +
          "Run again with the same store to train only those, or use the error's `scouted` without them.",
        { scouted },
      );
    }
    if (elsewhere.length === 0 && finished.length < 2) {
      throw new ScoutingError(
        'too-few-scouts',
        `scout: at least 2 scouts must end with finite weights, got ${finished.length} of ${scouted.count}; ` +
          `${diverged.length} diverged. Lower their learning rate, or clip their gradients; a store keeps diverged scouts too, so use a new one.`,
        { scouted },
      );
    }
    return scouted;
  }
}

function addOnce(list: string[], item: string): void {
  if (!list.includes(item)) list.push(item);
}

function sameNumbers(left: NamedTensor, right: NamedTensor): boolean {
  return left.data.length === right.data.length && left.data.every((value, i) => value === right.data[i]);
}
