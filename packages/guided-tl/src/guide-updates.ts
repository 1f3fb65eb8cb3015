import * as tf from '@tensorflow/tfjs-core';
import type { LearningRate, NamedTensor, Optimizer, StateDict } from '@warmstart/shapes';
import { type ClipOptions, checkClip, clippedGradients, clippedMoves } from './guide-clipping.js';
import { checkDecay, type DecayOptions, decayed, decayRate } from './guide-decay.js';
import { checkMatch, type GuideMatch, type HasLayouts, layoutsOf, matchGuides } from './guide-match.js';
import { GuideTensor } from './guide-tensor.js';
import { checkGuides } from './guides.js';
import { listSome } from './state-dict.js';

/** What {@link guideUpdates} takes. */
export interface GuideUpdatesOptions {
  /** What learns, by path: those given to the optimizer. */
  variables: ReadonlyMap<string, tf.Variable>;
  /** By path, in PyTorch's layout; ≥ 0. 1 moves as usual, 0 is frozen. */
  guides: ReadonlyMap<string, NamedTensor>;
  /** The guide of variables that have none, e.g. a new head; ≥ 0. Default 1. */
  missing?: number;
  /** Whether a guide without a variable is an error. Default true; false where guided weights are frozen. */
  strict?: boolean;
  /** Needed where variables run in another layout than PyTorch's, e.g. convolutions. */
  model?: HasLayouts;
  /** Weight decay that knows of guides. Default: the optimizer's own, which is guided like all it does. */
  decay?: DecayOptions;
  /** Clipping that knows of guides. */
  clip?: ClipOptions;
  /** Share of the way to 1 that every guide has gone at update number `step` (from 0), in [0, 1]. Default 0. */
  anneal?: (step: number) => number;
}

/** An optimizer whose updates are guided. */
export interface GuidedOptimizer extends Optimizer {
  /** Which guides found their variable. */
  readonly match: GuideMatch;
}

/**
 * Wraps an optimizer so each weight moves by its usual update times its guide:
 *
 *     w ← w + g · (w′ − w)      w′: where the optimizer alone would put w
 *
 * The update is scaled, not the gradient: Adam divides by the gradient's own size, which would cancel the
 * guide. A guide of 1 leaves the optimizer's result as it is to the bit, 0 leaves the weight as it is to the
 * bit. Costs one copy of the guided weights at a time.
 *
 * @returns an optimizer that owns the wrapped one and the guides' tensors: `dispose()` frees both
 * @throws GuidesError `mismatch`, `bad-value`, `all-zero`; RangeError for options out of range
 * @see Nikolić et al. 2023, Guided Transfer Learning, arXiv 2303.16154
 */
export function guideUpdates(optimizer: Optimizer, options: GuideUpdatesOptions): GuidedOptimizer {
  const { variables, guides, missing = 1, strict = true, model, decay, clip } = options;
  if (!(missing >= 0 && Number.isFinite(missing))) {
    throw new RangeError(`guideUpdates: missing must be a finite guide ≥ 0, got ${missing}.`);
  }
  if (typeof optimizer?.step !== 'function') {
    throw new TypeError(
      'guideUpdates: optimizer must have step(gradients), such as adamW of @warmstart/training, got none. tf.train optimizers have no such step.',
    );
  }
  checkGuides('guideUpdates', guides);
  const match = matchGuides(variables, guides, model);
  checkMatch('guideUpdates', match, strict);
  if (clip) checkClip(clip);
  if (decay) checkDecay(decay);
  return new GuidedUpdates(optimizer, options, match, guideTensors(options));
}

const stepKey = 'guideUpdates.step';
const basePrefix = 'guideUpdates.base.';

class GuidedUpdates implements GuidedOptimizer {
  readonly match: GuideMatch;
  readonly #optimizer: Optimizer;
  readonly #options: GuideUpdatesOptions;
  /** Of variables whose guide is not 1 throughout. */
  readonly #guides: Map<string, GuideTensor>;
  /** Where guided variables started, for decay to the base; empty otherwise. */
  readonly #bases = new Map<string, tf.Tensor>();
  #step = 0;

  constructor(
    optimizer: Optimizer,
    options: GuideUpdatesOptions,
    match: GuideMatch,
    guides: Map<string, GuideTensor>,
  ) {
    this.#optimizer = optimizer;
    this.#options = options;
    this.#guides = guides;
    this.match = match;
    if (options.decay?.policy === 'toBase') {
      for (const path of guides.keys()) this.#bases.set(path, copyOf(this.#variable(path)));
    }
  }

  get learningRate(): LearningRate | undefined {
    return this.#optimizer.learningRate;
  }

  set learningRate(rate: LearningRate | undefined) {
    this.#optimizer.learningRate = rate;
  }

  step(gradients: Map<string, tf.Tensor>): void {
    const { clip, decay } = this.#options;
    const share = this.#shareAt(this.#step);
    const rate = decay ? decayRate(decay, this.#step) : 0;
    tf.tidy(() => {
      const guideOf = (path: string) => (share === 1 ? undefined : this.#guides.get(path)?.at(share));
      const before = new Map([...this.#watched(share)].map((path) => [path, copyOf(this.#variable(path))]));
      this.#optimizer.step(clip ? clippedGradients(gradients, clip, guideOf) : gradients);
      const moves = [...before].map(([path, start]) => {
        const after = this.#moved(path, start, share, rate);
        return { path, before: start, after };
      });
      const isUpdateClipped = clip?.of === 'update';
      const ends = isUpdateClipped ? clippedMoves(moves, clip.maxNorm) : moves.map(({ after }) => after);
      moves.forEach(({ path }, i) => {
        const end = ends[i];
        if (end) this.#variable(path).assign(end);
      });
    });
    this.#step++;
  }

  /** Paths that this wrapper has a say in: guided ones, or all if it clips updates or decays. */
  #watched(share: number): Iterable<string> {
    const { clip, decay, variables } = this.#options;
    const isAboutAll = clip?.of === 'update' || decay?.policy === 'full' || decay?.policy === 'guided';
    if (isAboutAll) return variables.keys();
    return share === 1 ? [] : this.#guides.keys();
  }

  #moved(path: string, before: tf.Tensor, share: number, rate: number): tf.Tensor {
    const { decay } = this.#options;
    const guide = share === 1 ? undefined : this.#guides.get(path);
    const after = this.#variable(path);
    // an identity op, since assigning a variable to itself would dispose what it holds
    const blended = guide ? guide.blend(before, after, share) : tf.clone(after);
    if (!decay) return guide ? guide.freeze(before, blended, share) : blended;
    const parts = { before, guide: guide?.at(share), base: this.#bases.get(path) };
    const result = decayed(blended, parts, decay, rate);
    return guide && decay.policy !== 'full' ? guide.freeze(before, result, share) : result;
  }

  #shareAt(step: number): number {
    const share = this.#options.anneal?.(step) ?? 0;
    if (share >= 0 && share <= 1) return share;
    throw new RangeError(`guideUpdates: anneal must give a share in [0, 1], got ${share} at step ${step}.`);
  }

  #variable(path: string): tf.Variable {
    const variable = this.#options.variables.get(path);
    if (variable) return variable;
    throw new RangeError(`guideUpdates: ${path} must be a variable, got none.`);
  }

  async stateDict(): Promise<StateDict> {
    const own: StateDict = new Map([
      [stepKey, { dtype: 'int32', shape: [], data: Int32Array.of(this.#step) }],
    ]);
    for (const [path, base] of this.#bases) {
      const data = Float32Array.from(await base.data<'float32'>());
      own.set(`${basePrefix}${path}`, { dtype: 'float32', shape: [...base.shape], data });
    }
    return new Map([...own, ...(await this.#optimizer.stateDict())]);
  }

  loadStateDict(state: ReadonlyMap<string, NamedTensor>): void {
    const step = state.get(stepKey);
    const missing = [...this.#bases.keys()].filter((path) => !state.has(basePrefix + path));
    if (!step || missing.length > 0) {
      throw new RangeError(
        `guideUpdates: the state must come from a guided optimizer with the same options, got none of ` +
          `${listSome([...(step ? [] : [stepKey]), ...missing.map((path) => basePrefix + path)])}. Nothing was loaded.`,
      );
    }
    const rest = [...state].filter(([key]) => key !== stepKey && !key.startsWith(basePrefix));
    this.#optimizer.loadStateDict(new Map(rest));
    this.#step = Number(step.data[0]);
    for (const [path, base] of this.#bases) {
      const data = Float32Array.from(state.get(basePrefix + path)?.data as Float32Array);
      this.#bases.set(path, tf.tensor(data, base.shape, 'float32'));
      base.dispose();
    }
  }

  dispose(): void {
    this.#optimizer.dispose();
    for (const guide of this.#guides.values()) guide.dispose();
    for (const base of this.#bases.values()) base.dispose();
    this.#guides.clear();
    this.#bases.clear();
  }
}

/** Guides on the backend, of the variables whose guide is not 1 throughout. */
function guideTensors({
  variables,
  guides,
  missing = 1,
  model,
}: GuideUpdatesOptions): Map<string, GuideTensor> {
  const layouts = layoutsOf(model);
  const tensors = new Map<string, GuideTensor>();
  for (const [path, variable] of variables) {
    const guide = guides.get(path);
    if (guide) {
      const isFree = (guide.data as Float32Array).every((value) => value === 1);
      if (!isFree) tensors.set(path, new GuideTensor(guide, layouts.get(path)));
    } else if (missing !== 1) {
      const data = new Float32Array(variable.size).fill(missing);
      tensors.set(path, new GuideTensor({ data, shape: variable.shape }, undefined));
    }
  }
  return tensors;
}

/** A copy with memory of its own: the wrapped optimizer may write in place. */
function copyOf(variable: tf.Variable): tf.Tensor {
  return tf.mul(variable, 1);
}
