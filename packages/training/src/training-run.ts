import * as tf from '@tensorflow/tfjs-core';
import type { StateDict, StepPosition } from '@warmstart/shapes';
import { type BatchSource, batchSource } from './batch-source.js';
import { clipGradients } from './clip-gradients.js';
import { countStall, type StallCount } from './early-stopping.js';
import { NonFiniteLossError } from './errors.js';
import type { StopReason, TrainingEvent } from './events.js';
import { type FitOptions, learningAt } from './fit-options.js';
import { GoodWeights } from './good-weights.js';
import { GradientSource } from './gradient-source.js';
import { GradientMean } from './gradients.js';
import { ScalarWindow } from './scalar-window.js';
import { readTensors, withoutPrefix } from './state-dict.js';
import { assignWeights, restoreCheckpoint, type TrainingCheckpoint } from './training-checkpoint.js';
import { WeightsCopy } from './weights-copy.js';

/** One run of {@link fit}: its position, what it must put back, and what it owes the reader. */
export class TrainingRun<Batch> {
  step = 0;
  epoch = 0;
  /** Mean of the last losses read. */
  lastLoss = Number.NaN;
  metrics: Record<string, number> | undefined;
  stall: StallCount = { best: null, bestStep: -1, stalled: 0 };
  readonly untouched = new Set<string>();
  #batchInEpoch = 0;
  #evaluatedAt = -1;
  #best: WeightsCopy | undefined;
  #lastReadAt = performance.now();
  readonly #options: FitOptions<Batch>;
  readonly #source: BatchSource<Batch>;
  readonly #gradients: GradientSource<Batch>;
  readonly #saved: ReadonlyMap<string, tf.Variable>;
  readonly #losses = new ScalarWindow();
  readonly #norms = new ScalarWindow();
  readonly #good: GoodWeights | undefined;

  constructor(options: FitOptions<Batch>) {
    this.#options = options;
    this.#source = batchSource(options.batches, options.batchesPerEpoch);
    this.#gradients = new GradientSource(options, (event) =>
      this.#tell({ ...event, step: this.step, epoch: this.epoch }),
    );
    this.#saved = savedVariables(options, this.#at(0));
    this.#good = options.rollBack === false ? undefined : new GoodWeights(this.#saved);
    for (const path of learningAt(options.variables, this.#at(0)).keys()) this.untouched.add(path);
  }

  async begin(): Promise<void> {
    const { resume, optimizer, average, fingerprint = '' } = this.#options;
    if (resume) {
      const { progress, tensors } = resume;
      const at = { step: progress.step, epoch: progress.epoch, micro: 0 };
      const learning = [...learningAt(this.#options.variables, at).keys()];
      restoreCheckpoint(resume, { saved: this.#saved, learning, fingerprint, optimizer, average });
      this.step = progress.step;
      this.epoch = progress.epoch;
      this.#batchInEpoch = progress.batchInEpoch;
      this.stall = { ...progress.stall };
      this.untouched.clear();
      for (const path of progress.untouched) this.untouched.add(path);
      this.#restoreBest(tensors);
    }
    this.#good?.keep(this.step);
    await this.#source.restart(this.#batchInEpoch);
  }

  /** Makes one update. @returns false if the epoch had ended before it */
  async takeStep(): Promise<boolean> {
    const mean = new GradientMean();
    try {
      const learning = learningAt(this.#options.variables, this.#at(0));
      for (let micro = 0; micro < (this.#options.accumulate ?? 1); micro++) {
        const pulled = await this.#source.next(this.#at(micro));
        if (!pulled) break;
        this.#batchInEpoch++;
        try {
          mean.add(await this.#gradients.at(pulled.batch, this.#at(micro), learning));
        } finally {
          pulled.release();
        }
      }
      if (mean.parts === 0) return false;
      this.#update(mean);
      return true;
    } finally {
      mean.dispose();
    }
  }

  #update(mean: GradientMean): void {
    const { optimizer, clipNorm, average } = this.#options;
    const { loss, gradients } = mean.take();
    this.#losses.push(loss);
    const clipped = clipNorm === undefined ? undefined : clipGradients(gradients, clipNorm);
    try {
      if (clipped) this.#norms.push(clipped.norm);
      optimizer.step(clipped?.gradients ?? gradients);
    } finally {
      tf.dispose([...gradients.values(), ...(clipped?.gradients.values() ?? [])]);
    }
    if (this.untouched.size > 0) for (const path of gradients.keys()) this.untouched.delete(path);
    average?.update();
    this.step++;
  }

  /** @throws RangeError if an epoch gave no batch at all */
  async endEpoch(): Promise<void> {
    if (this.#batchInEpoch === 0) {
      const again = this.epoch > 0 ? ' Pass something that can be iterated anew, not a generator.' : '';
      throw new RangeError(
        `fit: every epoch must have at least one batch, got none in epoch ${this.epoch}.${again}`,
      );
    }
    await this.#tell({ type: 'epoch-end', step: this.step, epoch: this.epoch });
    this.epoch++;
    this.#batchInEpoch = 0;
    await this.#source.restart(0);
  }

  /**
   * Reads the losses since the last time, all at once, and reports them.
   *
   * @throws NonFiniteLossError after putting back the last good weights
   */
  async readLosses(): Promise<void> {
    if (this.#losses.length === 0) return;
    const first = this.step - this.#losses.length;
    const norms = await this.#norms.read();
    const losses = await this.#losses.read();
    const bad = losses.findIndex((loss) => !Number.isFinite(loss));
    if (bad >= 0) throw this.#nonFinite(first + bad, losses, norms, bad);
    this.#good?.keep(this.step);
    this.lastLoss = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    const now = performance.now();
    const millisecondsPerStep = (now - this.#lastReadAt) / losses.length;
    this.#lastReadAt = now;
    const gradientNorm = norms.at(-1);
    const learningRate = this.#rateAt(this.step - 1);
    await this.#tell({
      type: 'step-end',
      step: this.step,
      epoch: this.epoch,
      loss: this.lastLoss,
      losses,
      ...(gradientNorm === undefined ? {} : { gradientNorm }),
      ...(learningRate === undefined ? {} : { learningRate }),
      millisecondsPerStep,
    });
  }

  #nonFinite(step: number, losses: Float32Array, norms: Float32Array, index: number): NonFiniteLossError {
    const restoredStep = this.#good?.restoreBefore(step);
    const loss = losses[index] ?? Number.NaN;
    const lastFiniteLoss = index > 0 ? (losses[index - 1] ?? Number.NaN) : this.lastLoss;
    const learningRate = this.#rateAt(step);
    const gradientNorm = norms[index];
    const facts = [
      `last finite ${lastFiniteLoss.toPrecision(4)}`,
      ...(learningRate === undefined ? [] : [`learningRate ${learningRate.toPrecision(3)}`]),
      ...(gradientNorm === undefined ? [] : [`gradient norm ${gradientNorm.toPrecision(3)}`]),
    ].join(', ');
    const undone = restoredStep === undefined ? '' : ` The weights are those after ${restoredStep} steps.`;
    return new NonFiniteLossError(
      `fit: loss became ${loss} at step ${step} (${facts}). Lower learningRate, or set clipNorm.${undone}`,
      { step, loss, lastFiniteLoss, learningRate, gradientNorm, restoredStep },
    );
  }

  /** Measures, unless it was just done. @returns whether the watched metric has stalled for good */
  async evaluate(): Promise<boolean> {
    const { evaluation, earlyStopping } = this.#options;
    if (!evaluation || this.#evaluatedAt === this.step) return false;
    await this.readLosses();
    this.#evaluatedAt = this.step;
    const metrics = await evaluation.measure();
    this.metrics = metrics;
    const where = { step: this.step, epoch: this.epoch, metrics };
    if (!earlyStopping) {
      await this.#tell({ type: 'evaluation-end', ...where });
      return false;
    }
    const { count, improved } = countStall(earlyStopping, this.stall, metrics, this.step);
    this.stall = count;
    if (improved && earlyStopping.restoreBest !== false) this.#keepBest();
    await this.#tell({ type: 'evaluation-end', ...where, best: improved });
    return count.stalled >= earlyStopping.patience;
  }

  /** Everything needed to continue from here. @throws NonFiniteLossError rather than saving spoilt weights */
  async checkpoint(): Promise<TrainingCheckpoint> {
    await this.readLosses();
    const { optimizer, average, fingerprint = '' } = this.#options;
    const weights = await readTensors(this.#saved);
    this.#requireFinite(weights);
    const parts: [string, StateDict | undefined][] = [
      ['variables', weights],
      ['optimizer', await optimizer.stateDict()],
      ['average', await average?.stateDict()],
      ['best', await this.#best?.stateDict()],
    ];
    const tensors: StateDict = new Map();
    for (const [prefix, state] of parts) {
      for (const [path, named] of state ?? []) tensors.set(`${prefix}.${path}`, named);
    }
    const learning = [...learningAt(this.#options.variables, this.#at(0)).keys()];
    const { step, epoch, stall } = this;
    const untouched = [...this.untouched];
    const batchInEpoch = this.#batchInEpoch;
    const progress = {
      version: 1 as const,
      step,
      epoch,
      batchInEpoch,
      learning,
      fingerprint,
      stall,
      untouched,
    };
    return { tensors, progress };
  }

  /** A gradient may be NaN while its loss is not: then the weights are spoilt before any loss shows it. */
  #requireFinite(weights: StateDict): void {
    for (const [path, { data }] of weights) {
      if (!data.some((value) => !Number.isFinite(value))) continue;
      const restoredStep = this.#good?.restoreBefore(this.step);
      const learningRate = this.#rateAt(this.step - 1);
      throw new NonFiniteLossError(
        `fit: ${path} holds a value that is not finite after ${this.step} steps; it is not saved. ` +
          'Lower learningRate, or set clipNorm.',
        {
          step: this.step,
          loss: this.lastLoss,
          lastFiniteLoss: this.lastLoss,
          learningRate,
          gradientNorm: undefined,
          restoredStep,
        },
      );
    }
  }

  async saveCheckpoint(): Promise<void> {
    const { checkpoint } = this.#options;
    if (!checkpoint) return;
    await checkpoint.save(await this.checkpoint());
    await this.#tell({ type: 'checkpoint-save', step: this.step, epoch: this.epoch });
  }

  async end(reason: StopReason): Promise<void> {
    await this.readLosses();
    this.#best?.restore();
    await this.#tell({ type: 'fit-end', step: this.step, epoch: this.epoch, reason });
  }

  async dispose(): Promise<void> {
    this.#losses.dispose();
    this.#norms.dispose();
    this.#good?.dispose();
    this.#best?.dispose();
    await this.#gradients.dispose();
    await this.#source.close();
  }

  #keepBest(): void {
    this.#best?.dispose();
    this.#best = new WeightsCopy(this.#saved);
  }

  #restoreBest(tensors: TrainingCheckpoint['tensors']): void {
    const best = withoutPrefix(tensors, 'best.');
    if (best.size === 0) return;
    const present = new WeightsCopy(this.#saved);
    assignWeights(best, this.#saved);
    this.#keepBest();
    present.restore();
    present.dispose();
  }

  #rateAt(step: number): number | undefined {
    const { learningRate } = this.#options.optimizer;
    return typeof learningRate === 'function' ? learningRate(step) : learningRate;
  }

  #at(micro: number): StepPosition {
    return { step: this.step, epoch: this.epoch, micro };
  }

  async #tell(event: TrainingEvent): Promise<void> {
    await this.#options.onEvent?.(event);
  }
}

function savedVariables<Batch>(options: FitOptions<Batch>, at: StepPosition): Map<string, tf.Variable> {
  const saved = new Map(learningAt(options.variables, at));
  for (const { path, variable } of options.model?.namedVariables() ?? []) saved.set(path, variable);
  return saved;
}
