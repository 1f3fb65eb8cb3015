import type * as tf from '@tensorflow/tfjs-core';
import type { LossAndGradients, Optimizer, StepCompiler, StepPosition } from '@warmstart/shapes';
import type { Batches } from './batch-source.js';
import { checkEarlyStopping, type EarlyStopping } from './early-stopping.js';
import type { OnEvent } from './events.js';
import { checkTrainable } from './gradients.js';
import type { TrainingCheckpoint } from './training-checkpoint.js';
import type { WeightAverage } from './weight-average.js';

/** Variables by path, fixed or by position, as gradual unfreezing needs. */
export type Learning =
  | ReadonlyMap<string, tf.Variable>
  | ((at: StepPosition) => ReadonlyMap<string, tf.Variable>);

/** What {@link fit} takes. */
export interface FitOptions<Batch> {
  /**
   * What learns. A function is asked every step; its optimizer must know every variable it may answer, and
   * `model` must hold them, so that checkpoints and roll-backs cover what learns later.
   */
  variables: Learning;
  /** Anything of the optimizer's shape. It stays the caller's. */
  optimizer: Optimizer;
  /** The loss of a batch, a scalar; what it makes besides is disposed. Give this or `lossAndGradients`. */
  loss?: (batch: Batch, at: StepPosition) => tf.Scalar;
  /** Instead of `loss`, e.g. a compiled step: new tensors, which the loop disposes. */
  lossAndGradients?: (
    batch: Batch,
    at: StepPosition,
  ) => LossAndGradients<tf.Scalar | number> | Promise<LossAndGradients<tf.Scalar | number>>;
  /** Makes a faster step of `loss`, e.g. `compileLoss` of `@warmstart/compile`; events say what became of it. */
  compiler?: StepCompiler;
  /** Whether `compiler` is used: where it can be, always or else an error, or never. Default 'auto'. */
  compile?: 'auto' | 'always' | 'never';
  batches: Batches<Batch>;
  /** Updates to make in all. Give this, `epochs`, or both: what comes first ends the run. */
  steps?: number;
  epochs?: number;
  /** With `batches` as a function: batches an epoch has. */
  batchesPerEpoch?: number;
  /** Batches whose gradients are averaged into one update. Default 1. */
  accumulate?: number;
  /** Longest allowed gradient, all variables together. Default: no clipping. */
  clipNorm?: number;
  /** A running average of the weights, updated after each step. */
  average?: WeightAverage;
  /** Measured every `every` steps, by default at the end of each epoch, and when the run completes. */
  evaluation?: { measure: () => Record<string, number> | Promise<Record<string, number>>; every?: number };
  /** Needs `evaluation`. */
  earlyStopping?: EarlyStopping;
  /**
   * Saved every `every` steps, after `everySeconds` without one where that is given (steps may be slow), and once more
   * when `signal` stops the run; a promise of `save` is waited for.
   */
  checkpoint?: {
    save: (checkpoint: TrainingCheckpoint) => unknown;
    every: number;
    everySeconds?: number;
  };
  /** A checkpoint to continue from. */
  resume?: TrainingCheckpoint;
  /** Buffers and frozen variables that checkpoints must hold besides `variables`, e.g. BatchNorm statistics. */
  model?: { namedVariables(): Iterable<{ path: string; variable: tf.Variable }> };
  /** Names what must not change between a run and its resumption: data set, mask. Default ''. */
  fingerprint?: string;
  /** Steps between reads of the losses: each read makes a GPU wait for the host. Default 20. */
  logEvery?: number;
  /** Whether a non-finite loss puts back the last good weights, which costs two copies of them. Default true. */
  rollBack?: boolean;
  onEvent?: OnEvent;
  /** Stops between two steps; the promise rejects with its reason. */
  signal?: AbortSignal;
}

/** What types say, for callers without them. */
function checkKinds<Batch>(options: FitOptions<Batch>): void {
  const { optimizer, evaluation, checkpoint } = options;
  if (typeof optimizer?.step !== 'function') {
    throw new TypeError(
      'fit: optimizer must have step(gradients), such as adamW({ variables, learningRate }), got something else. tf.train optimizers do not: they lose moments when layers freeze.',
    );
  }
  if (evaluation && typeof evaluation.measure !== 'function') {
    throw new TypeError('fit: evaluation must be { measure: () => metrics, every }, got no measure.');
  }
  if (checkpoint && typeof checkpoint.save !== 'function') {
    throw new TypeError('fit: checkpoint must be { save: (checkpoint) => …, every: steps }, got no save.');
  }
}

/** @throws RangeError or TypeError naming the option, before anything is computed */
export function checkFitOptions<Batch>(options: FitOptions<Batch>): void {
  checkKinds(options);
  if ((options.loss === undefined) === (options.lossAndGradients === undefined)) {
    throw new TypeError('fit: give exactly one of loss and lossAndGradients.');
  }
  checkCompiler(options);
  if (options.steps === undefined && options.epochs === undefined) {
    throw new RangeError('fit: give steps, epochs or both, got neither.');
  }
  const { steps, epochs, batchesPerEpoch, accumulate, logEvery } = options;
  const wholes = { steps, epochs, batchesPerEpoch, accumulate, logEvery };
  const every = {
    'evaluation.every': options.evaluation?.every,
    'checkpoint.every': options.checkpoint?.every,
  };
  for (const [name, value] of Object.entries({ ...wholes, ...every })) {
    if (value !== undefined && !(Number.isInteger(value) && value > 0)) {
      throw new RangeError(`fit: ${name} must be a whole number > 0, got ${value}.`);
    }
  }
  const seconds = options.checkpoint?.everySeconds;
  if (seconds !== undefined && !(seconds > 0)) {
    throw new RangeError(`fit: checkpoint.everySeconds must be a number > 0, got ${seconds}.`);
  }
  if (typeof options.batches === 'function' && epochs !== undefined && batchesPerEpoch === undefined) {
    throw new RangeError('fit: epochs with batches as a function needs batchesPerEpoch, got none.');
  }
  if (typeof options.variables === 'function' && !options.model) {
    throw new RangeError(
      'fit: variables as a function needs model, which holds all it may answer, got none.',
    );
  }
  if (options.clipNorm !== undefined && !(options.clipNorm > 0)) {
    throw new RangeError(`fit: clipNorm must be > 0, got ${options.clipNorm}.`);
  }
  if (options.earlyStopping) {
    checkEarlyStopping(options.earlyStopping);
    if (!options.evaluation) throw new RangeError('fit: earlyStopping needs evaluation, got none.');
  }
  checkTrainable('fit', learningAt(options.variables, { step: 0, epoch: 0, micro: 0 }));
}

function checkCompiler<Batch>({ compile = 'auto', compiler, lossAndGradients }: FitOptions<Batch>): void {
  if (!['auto', 'always', 'never'].includes(compile)) {
    throw new RangeError(`fit: compile must be 'auto', 'always' or 'never', got ${compile}.`);
  }
  if (compile === 'always' && !compiler) {
    throw new RangeError(
      "fit: compile: 'always' needs compiler, e.g. compileLoss of @warmstart/compile, got none.",
    );
  }
  if (compiler && lossAndGradients) {
    throw new TypeError('fit: compiler needs loss, but lossAndGradients was given in its place.');
  }
}

/** What learns at a position. */
export function learningAt(variables: Learning, at: StepPosition): ReadonlyMap<string, tf.Variable> {
  return typeof variables === 'function' ? variables(at) : variables;
}
