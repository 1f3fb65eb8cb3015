import type { NamedTensor, StateDict } from '@warmstart/shapes';
import { plainDigest, stateDictDigest } from './digest.js';
import { type ParameterLayout, parameterLayout } from './parameter-layout.js';
import {
  type ScoutEvent,
  type ScoutExecutor,
  type ScoutOutcome,
  scoutSeed,
  type TrainScout,
} from './scout-job.js';
import { claimStore, readScout, type ScoutStore, writeScout } from './scout-store.js';
import { ScoutTally } from './scout-tally.js';
import type { Scouted } from './scouted.js';
import { copyStateDict } from './state-dict.js';

/** What {@link scout} takes. */
export interface ScoutOptions<Subproblem> {
  /** The pre-trained weights; copied, never changed. */
  base: ReadonlyMap<string, NamedTensor>;
  /** At least two; plain data (numbers, strings, arrays, typed arrays). */
  subproblems: readonly Subproblem[];
  /** Trains one scout. Not needed where `executor` knows how. */
  train?: TrainScout<Subproblem>;
  /** An integer; each scout's own seed follows from it and its index. */
  seed: number;
  /** Where scouts run. Default: `train` in this thread, one after the other. */
  executor?: ScoutExecutor<Subproblem>;
  /** Keeps every scout as it finishes; those it holds already are not trained again. */
  store?: ScoutStore;
  /** Train only every `count`-th scout, from number `index` (from 0); the store gathers all. */
  shard?: { index: number; count: number };
  /** Which tensors to guide. Default: floating ones that are no running statistics. */
  include?: (key: string, tensor: NamedTensor) => boolean;
  onEvent?: (event: ScoutEvent) => void | Promise<void>;
  signal?: AbortSignal;
}

/**
 * Trains one scout per sub-problem, each from a copy of the base, and adds up how far every weight went.
 *
 * The result is the same to the bit whatever the executor, the number of workers, the order in which they
 * finish, the shards and the interruptions. A scout that ends with a weight that is not finite is left out
 * and counted. One that throws does not stop the others; when all are done the error carries the rest.
 *
 * Memory: about 24 bytes per weight times log₂(sub-problems).
 *
 * @returns what `guides`, `reliability` and the controls take
 * @throws ScoutingError `scouts-failed`, `too-few-scouts`, `another-run`, `damaged-store`
 * @throws RangeError for options that cannot be; the signal's reason when aborted (finished scouts are in the store)
 * @see Nikolić et al. 2023, Guided Transfer Learning, arXiv 2303.16154
 */
export async function scout<Subproblem>(options: ScoutOptions<Subproblem>): Promise<Scouted> {
  const { subproblems, seed, store } = options;
  checkOptions(options);
  const base = copyStateDict(options.base);
  const layout = parameterLayout('scout', base, options.include);
  const baseDigest = await guidedDigest(base, layout);
  const tally = new ScoutTally({ base, baseDigest, seed, count: subproblems.length, layout });
  if (store) {
    const subproblemsDigest = await plainDigest(subproblems);
    await claimStore(store, { version: 1, baseDigest, subproblemsDigest, seed, count: subproblems.length });
  }
  const { index: shardIndex, count: shardCount } = options.shard ?? { index: 0, count: 1 };
  const waiting: number[] = [];
  for (let index = 0; index < subproblems.length; index++) {
    if (index % shardCount === shardIndex) waiting.push(index);
    else tally.leave(index);
  }
  await trainAll(new ScoutingRun(options, tally, baseDigest), waiting);
  return tally.checked();
}

/** `stateDictDigest` of the weights in a layout, which is what names a base. */
export function guidedDigest(
  state: ReadonlyMap<string, NamedTensor>,
  layout: ParameterLayout,
): Promise<string> {
  const guided: StateDict = new Map();
  for (const { key } of layout.entries) {
    const tensor = state.get(key);
    if (tensor) guided.set(key, tensor);
  }
  return stateDictDigest(guided);
}

/** Keeps `concurrency` scouts going; the first error that is not a scout's own ends all. */
async function trainAll<Subproblem>(run: ScoutingRun<Subproblem>, waiting: number[]): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < waiting.length) await run.settle(waiting[next++] ?? 0);
  };
  const lanes = Math.min(run.concurrency, waiting.length);
  const results = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

class ScoutingRun<Subproblem> {
  readonly #options: ScoutOptions<Subproblem>;
  readonly #executor: ScoutExecutor<Subproblem>;
  readonly #tally: ScoutTally;
  readonly #baseDigest: string;
  readonly #base: StateDict;
  #isBroken = false;
  #done = 0;

  constructor(options: ScoutOptions<Subproblem>, tally: ScoutTally, baseDigest: string) {
    this.#options = options;
    this.#executor = options.executor ?? inThisThread(options.train);
    this.#tally = tally;
    this.#baseDigest = baseDigest;
    this.#base = copyStateDict(options.base);
  }

  get concurrency(): number {
    return this.#executor.concurrency;
  }

  /** One scout: from the store, or trained and kept. */
  async settle(index: number): Promise<void> {
    if (this.#isBroken) return;
    try {
      this.#options.signal?.throwIfAborted();
      const { store } = this.#options;
      const kept = store && (await readScout(store, index, this.#baseDigest));
      if (kept) await this.#takeKept(index, kept);
      else await this.#train(index);
    } catch (error) {
      this.#isBroken = true; // other lanes stop at their next scout
      throw error;
    }
  }

  async #takeKept(index: number, kept: ScoutOutcome): Promise<void> {
    const hasConverged = this.#tally.add(index, kept);
    this.#tally.report.resumed.push(index);
    await this.#emit({ type: 'scout-end', index, result: hasConverged ? 'resumed' : 'diverged' });
  }

  async #train(index: number): Promise<void> {
    const { subproblems, seed, store, signal } = this.#options;
    await this.#options.onEvent?.({ type: 'scout-start', index, count: subproblems.length });
    let outcome: ScoutOutcome;
    let hasConverged: boolean;
    try {
      // index comes from the list itself, so there is a sub-problem under it
      const subproblem = subproblems[index] as Subproblem;
      const job = { base: copyStateDict(this.#base), subproblem, seed: scoutSeed(seed, index), index };
      const returned = await this.#executor.run(job, signal ? { signal } : {});
      outcome = returned instanceof Map ? { weights: returned } : returned;
      if (!(outcome?.weights instanceof Map)) {
        throw new TypeError('train must return the trained weights, a Map by path, got none.');
      }
      hasConverged = this.#tally.add(index, outcome);
    } catch (error) {
      signal?.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      this.#tally.fail(index, message);
      await this.#emit({ type: 'scout-failed', index, message });
      return;
    }
    if (store) await writeScout(store, index, this.#baseDigest, this.#guidedPart(outcome));
    await this.#emit({ type: 'scout-end', index, result: hasConverged ? 'finished' : 'diverged' });
  }

  /** Only what is guided is kept: scouts may return heads of their own. */
  #guidedPart({ weights, measures = {} }: ScoutOutcome): ScoutOutcome {
    const include = new Set(this.#tally.guidedKeys);
    const pick = (state: StateDict): StateDict => new Map([...state].filter(([key]) => include.has(key)));
    return {
      weights: pick(weights),
      measures: Object.fromEntries(Object.entries(measures).map(([name, state]) => [name, pick(state)])),
    };
  }

  async #emit(
    event:
      | { type: 'scout-end'; index: number; result: 'finished' | 'diverged' | 'resumed' }
      | { type: 'scout-failed'; index: number; message: string },
  ): Promise<void> {
    this.#done++;
    await this.#options.onEvent?.({ ...event, count: this.#options.subproblems.length, done: this.#done });
  }
}

function inThisThread<Subproblem>(train: TrainScout<Subproblem> | undefined): ScoutExecutor<Subproblem> {
  if (!train) {
    throw new TypeError(
      'scout: train or executor must be given, got neither. Pass train, or a pool that knows its module.',
    );
  }
  return { concurrency: 1, run: train };
}

function checkOptions<Subproblem>(options: ScoutOptions<Subproblem>): void {
  const { base, subproblems, seed, shard, store } = options;
  if (!(base instanceof Map) || [...base.values()].some((tensor) => !ArrayBuffer.isView(tensor?.data))) {
    throw new TypeError(
      'scout: base must be a Map from path to { dtype, shape, data } on the host. Of a model, give await stateDict(model) of @warmstart/core-checkpoint.',
    );
  }
  if (subproblems.length < 2) {
    throw new RangeError(
      `scout: at least 2 sub-problems must be given, got ${subproblems.length}. One scout cannot tell which weights vary.`,
    );
  }
  if (!Number.isSafeInteger(seed)) throw new RangeError(`scout: seed must be an integer, got ${seed}.`);
  if (!shard) return;
  const isInRange = Number.isInteger(shard.count) && Number.isInteger(shard.index) && shard.index >= 0;
  if (!isInRange || shard.index >= shard.count) {
    throw new RangeError(
      `scout: shard.index must be an integer in [0, shard.count), got ${shard.index} of ${shard.count}.`,
    );
  }
  if (!store) {
    throw new TypeError(
      'scout: a shard must have a store, got none. Nothing else gathers what the shards find.',
    );
  }
}
