import type { StateDict } from '@warmstart/shapes';
import { plainDigest, stateDictDigest } from './digest.js';
import { ScoutingError } from './errors.js';
import { checkGuides, type Guides } from './guides.js';
import { guidesReport } from './guides-report.js';
import { flatten, type ParameterLayout, parameterLayout, unflatten } from './parameter-layout.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';
import { type ScoutExecutor, type ScoutOutcome, scoutSeed, type TrainScout } from './scout-job.js';
import type { ScoutStore } from './scout-store.js';
import { copyStateDict } from './state-dict.js';

/** What {@link refineGuides} takes beside the guides. */
export interface RefineOptions<Subproblem> {
  /** Rehearsals of the new task; plain data. Those of the scouts will do. */
  subproblems: readonly Subproblem[];
  /**
   * Learns `job.subproblem` as the new task will be learned: from `job.base`, few examples, few steps, guided by
   * `job.guides`; returns the weights, and `heldOut`: the gradient there of the loss on other examples.
   */
  train?: TrainScout<Subproblem>;
  /** Where rehearsals run. Default: `train` in this thread, one after the other. */
  executor?: ScoutExecutor<Subproblem>;
  /** An integer; each rehearsal's own seed follows from it and its number. */
  seed: number;
  /** Corrections of the guides, ≥ 1. Default 60. */
  rounds?: number;
  /** Rehearsals before each correction, ≥ 2. Default 10. */
  rehearsals?: number;
  /** The most by which the first correction changes the logarithm of a guide; falls evenly towards 0. Default 0.5. */
  rate?: number;
  /** Keeps the guides after every round; run again to go on. */
  store?: ScoutStore;
  onEvent?: (event: RefineEvent) => void | Promise<void>;
  signal?: AbortSignal;
}

/** What a round found. */
export interface RefineEvent {
  type: 'round-end';
  /** From 0. */
  round: number;
  rounds: number;
  /** Rehearsals that ended at a number that is not finite; left out. */
  diverged: number;
  /** Share of weights whose movement helped on held-out examples, of those that moved, in [0, 1]. */
  helpedShare: number;
}

/**
 * Guides that generalise: corrects them by what the movement they allow does to examples held out.
 *
 * A scout's displacement says how far a weight went, not whether that helped. Here short rehearsals of the new
 * task are guided, and each weight's movement δ is held against the gradient q of the held-out loss where it
 * ended: δ · q < 0 says that moving further would have helped, δ · q > 0 that it went too far.
 *
 *     log g ← log g − rate · Σ δ · q / Σ |δ · q|        over a round's rehearsals
 *
 * This is the first-order gradient of the held-out loss with respect to log g, divided by its largest possible
 * size, so that every weight's guide changes by at most `rate` a round. A guide of 0 stays 0.
 *
 * @returns new guides for the same base; their scale is meaningful for the optimizer and rate of the rehearsals
 * @throws ScoutingError `scouts-failed` (the rounds before are in the store), `too-few-scouts` if fewer than two
 *   rehearsals of a round are finite, `another-run`, `damaged-store`; RangeError for options that cannot be
 * @see Li et al. 2017, Meta-SGD, arXiv 1707.09835 (there with second derivatives); first order as in Nichol et al.
 *   2018, arXiv 1803.02999
 */
export async function refineGuides<Subproblem>(
  made: Guides,
  options: RefineOptions<Subproblem>,
): Promise<Guides> {
  const { rounds = 60, rehearsals = 10, rate = 0.5, seed, store } = options;
  checkOptions(options, rounds, rehearsals, rate);
  checkGuides('refineGuides', made.guides);
  const watched = new Set(made.guides.keys());
  const layout = parameterLayout('refineGuides', made.base, (key) => watched.has(key));
  const run = await runDigest(made, options, { rounds, rehearsals, rate });
  const kept = store && (await readRound(store, run, layout));
  let values = kept?.values ?? flatten('refineGuides', layout, made.guides);
  const rehearsing = new Rehearsing(made.base, layout, options);
  for (let round = kept?.rounds ?? 0; round < rounds; round++) {
    options.signal?.throwIfAborted();
    const guides = unflatten(layout, values);
    const { helpful, total, diverged } = await rehearsing.round(round * rehearsals, rehearsals, guides);
    const step = rate * (1 - round / rounds);
    values = values.map((guide, i) => guide * Math.exp((step * (helpful[i] ?? 0)) / (total[i] || 1)));
    if (store) await writeRound(store, run, round + 1, unflatten(layout, values));
    const helpedShare = share(helpful, total);
    await options.onEvent?.({ type: 'round-end', round, rounds, diverged, helpedShare });
  }
  const guides = unflatten(layout, values);
  checkGuides('refineGuides', guides);
  const { weights: _, mean: __, tensors: ___, frozenShare: ____, ...origin } = made.report;
  const report = guidesReport(guides, { ...origin, refined: { rounds, rehearsals, rate, seed } });
  return { guides, base: copyStateDict(made.base), report };
}

/** What a round of rehearsals says about each weight. */
interface Verdict {
  /** −Σ δ · q: above 0 where moving further would have helped. */
  helpful: Float64Array;
  /** Σ |δ · q| */
  total: Float64Array;
  diverged: number;
}

class Rehearsing<Subproblem> {
  readonly #base: StateDict;
  readonly #start: Float32Array;
  readonly #layout: ParameterLayout;
  readonly #options: RefineOptions<Subproblem>;
  readonly #executor: ScoutExecutor<Subproblem>;

  constructor(base: StateDict, layout: ParameterLayout, options: RefineOptions<Subproblem>) {
    this.#base = base;
    this.#start = flatten('refineGuides', layout, base);
    this.#layout = layout;
    this.#options = options;
    const { train, executor } = options;
    if (!executor && !train) {
      throw new TypeError('refineGuides: train or executor must be given, got neither.');
    }
    // one of them is there
    this.#executor = executor ?? { concurrency: 1, run: train as TrainScout<Subproblem> };
  }

  /** Rehearsals number `first` and on; added up in order of their number, whatever the order in which they end. */
  async round(first: number, count: number, guides: StateDict): Promise<Verdict> {
    const outcomes = new Array<Displaced | undefined>(count);
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < count) {
        const at = next++;
        outcomes[at] = await this.#rehearse(first + at, guides);
      }
    };
    const lanes = Array.from({ length: Math.min(count, this.#executor.concurrency) }, lane);
    for (const result of await Promise.allSettled(lanes)) {
      if (result.status === 'rejected') throw result.reason;
    }
    const finite = outcomes.filter((outcome) => outcome !== undefined);
    if (finite.length < 2) {
      throw new ScoutingError(
        'too-few-scouts',
        `refineGuides: at least 2 rehearsals of a round must end finite, got ${finite.length} of ${count}. ` +
          'Lower their learning rate, or clip their gradients.',
      );
    }
    const helpful = new Float64Array(this.#layout.size);
    const total = new Float64Array(this.#layout.size);
    for (const { end, heldOut } of finite) {
      for (let i = 0; i < helpful.length; i++) {
        const product = ((end[i] ?? 0) - (this.#start[i] ?? 0)) * (heldOut[i] ?? 0);
        helpful[i] = (helpful[i] ?? 0) - product;
        total[i] = (total[i] ?? 0) + Math.abs(product);
      }
    }
    return { helpful, total, diverged: count - finite.length };
  }

  async #rehearse(index: number, guides: StateDict): Promise<Displaced | undefined> {
    const { subproblems, seed, signal } = this.#options;
    const own = scoutSeed(seed, index);
    const subproblem = subproblems[own % subproblems.length] as Subproblem; // the list is not empty
    const job = {
      base: copyStateDict(this.#base),
      guides: copyStateDict(guides),
      subproblem,
      seed: own,
      index,
    };
    let outcome: StateDict | ScoutOutcome;
    try {
      outcome = await this.#executor.run(job, signal ? { signal } : {});
    } catch (cause) {
      signal?.throwIfAborted();
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new ScoutingError(
        'scouts-failed',
        `refineGuides: rehearsal ${index} must not throw: ${message}`,
        {
          cause,
        },
      );
    }
    const { weights, heldOut } = outcome instanceof Map ? { weights: outcome, heldOut: undefined } : outcome;
    if (!heldOut) {
      throw new RangeError(
        `refineGuides: rehearsal ${index} must return { weights, heldOut }, got no heldOut. ` +
          'It is the gradient of the loss on examples that were not trained on, by key.',
      );
    }
    const end = flatten(`rehearsal ${index}`, this.#layout, weights);
    const gradient = flatten(`rehearsal ${index}, heldOut`, this.#layout, heldOut);
    const hasConverged = end.every(Number.isFinite) && gradient.every(Number.isFinite);
    return hasConverged ? { end, heldOut: gradient } : undefined;
  }
}

interface Displaced {
  end: Float32Array;
  heldOut: Float32Array;
}

function share(helpful: Float64Array, total: Float64Array): number {
  let moved = 0;
  let helped = 0;
  for (let i = 0; i < total.length; i++) {
    if ((total[i] ?? 0) === 0) continue;
    moved++;
    if ((helpful[i] ?? 0) > 0) helped++;
  }
  return moved === 0 ? 0 : helped / moved;
}

const fileName = 'refined.safetensors';

async function runDigest<Subproblem>(
  made: Guides,
  { subproblems, seed }: RefineOptions<Subproblem>,
  choices: Record<string, number>,
): Promise<string> {
  const tensors = await Promise.all([stateDictDigest(made.base), stateDictDigest(made.guides)]);
  return plainDigest([...tensors, subproblems, seed, choices]);
}

async function readRound(
  store: ScoutStore,
  run: string,
  layout: ParameterLayout,
): Promise<{ values: Float32Array; rounds: number } | undefined> {
  const bytes = await store.read(fileName);
  if (!bytes) return undefined;
  try {
    const { tensors, metadata } = decodeSafetensors('refineGuides', bytes);
    if (metadata.run === run) {
      return { values: flatten('refineGuides', layout, tensors), rounds: Number(metadata.rounds) };
    }
  } catch (cause) {
    throw new ScoutingError(
      'damaged-store',
      `refineGuides: ${fileName} in the store must be whole, got something unreadable. Delete it; the rounds run again.`,
      { cause },
    );
  }
  throw new ScoutingError(
    'another-run',
    `refineGuides: ${fileName} in the store must belong to this run, got one of another base, guides, seed or options. ` +
      'Use another store, or delete it.',
  );
}

function writeRound(store: ScoutStore, run: string, rounds: number, guides: StateDict): Promise<void> {
  return store.write(
    fileName,
    encodeSafetensors({ tensors: guides, metadata: { run, rounds: String(rounds) } }),
  );
}

function checkOptions<Subproblem>(
  { subproblems, seed }: RefineOptions<Subproblem>,
  rounds: number,
  rehearsals: number,
  rate: number,
): void {
  if (subproblems.length === 0) throw new RangeError('refineGuides: there must be a sub-problem, got none.');
  if (!Number.isSafeInteger(seed))
    throw new RangeError(`refineGuides: seed must be an integer, got ${seed}.`);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(`refineGuides: rounds must be an integer ≥ 1, got ${rounds}.`);
  }
  if (!Number.isInteger(rehearsals) || rehearsals < 2) {
    throw new RangeError(`refineGuides: rehearsals must be an integer ≥ 2, got ${rehearsals}.`);
  }
  if (!(rate > 0 && rate <= 5)) throw new RangeError(`refineGuides: rate must be in (0, 5], got ${rate}.`);
}
