import type * as tf from '@tensorflow/tfjs-core';
import type { Optimizer, ReadonlyStateDict, StateDict } from '@warmstart/shapes';
import type { StallCount } from './early-stopping.js';
import { ResumeError } from './errors.js';
import { hostToTensor, listSome, sameShape, withoutPrefix } from './state-dict.js';
import type { WeightAverage } from './weight-average.js';

/**
 * Everything a run needs to continue to the bit. `tensors` can be saved by any checkpoint format, `progress`
 * by `JSON.stringify`. Tensors are laid out as they run, by the run's own paths.
 */
export interface TrainingCheckpoint {
  /** `variables.…`, `optimizer.…`, and where used `average.…`, `best.…`. */
  tensors: StateDict;
  progress: TrainingProgress;
}

/** Where a run stands, as plain data. */
export interface TrainingProgress {
  version: 1;
  /** Updates made. */
  step: number;
  epoch: number;
  /** Batches used of this epoch. */
  batchInEpoch: number;
  /** What was learning, in order. */
  learning: string[];
  /** What the caller named: data set, mask, anything that must not change. */
  fingerprint: string;
  stall: StallCount;
  /** Paths that have not had a gradient so far. */
  untouched: string[];
}

/** What a checkpoint is put into. */
export interface ResumeTarget {
  /** All variables that are saved: the learned ones and the model's others. */
  saved: ReadonlyMap<string, tf.Variable>;
  learning: readonly string[];
  fingerprint: string;
  optimizer: Optimizer;
  average: WeightAverage | undefined;
}

/**
 * Checks that a checkpoint belongs to this run, then restores weights, optimizer and average.
 *
 * @throws ResumeError if the trainable set, the fingerprint, a path or a shape differs; nothing is loaded
 */
export function restoreCheckpoint(checkpoint: TrainingCheckpoint, target: ResumeTarget): void {
  const { tensors, progress } = checkpoint;
  if (progress?.version !== 1) {
    throw new ResumeError(`fit: resume needs a checkpoint of version 1, got ${progress?.version}.`);
  }
  if (!(tensors instanceof Map)) {
    throw new ResumeError(
      'fit: resume needs tensors as a Map, got none. JSON keeps no Map: save tensors as safetensors, only progress as JSON.',
    );
  }
  checkSame('variables that learn', progress.learning.join(', '), target.learning.join(', '));
  checkSame('fingerprint', progress.fingerprint, target.fingerprint);
  const weights = withoutPrefix(tensors, 'variables.');
  checkWeights(weights, target.saved);
  if (target.average && withoutPrefix(tensors, 'average.').size === 0) {
    throw new ResumeError(
      'fit: resume with average needs a checkpoint with one, got none. Leave average out.',
    );
  }
  try {
    target.optimizer.loadStateDict(new Map(withoutPrefix(tensors, 'optimizer.')));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ResumeError(`fit: the checkpoint's optimizer does not fit. ${reason}`, { cause });
  }
  target.average?.loadStateDict(withoutPrefix(tensors, 'average.'));
  assignWeights(weights, target.saved);
}

/** Puts host tensors into the variables of the same path. */
export function assignWeights(weights: ReadonlyStateDict, variables: ReadonlyMap<string, tf.Variable>): void {
  for (const [path, named] of weights) {
    const variable = variables.get(path);
    const value = hostToTensor(named, variable?.dtype);
    variable?.assign(value);
    value.dispose();
  }
}

function checkSame(what: string, saved: string, present: string): void {
  if (saved === present) return;
  throw new ResumeError(
    `fit: resume needs the same ${what}; the checkpoint has ${saved || 'none'}, this run ${present || 'none'}. ` +
      'Nothing was loaded. Resume with what the first run had, or start a new run from the saved weights.',
  );
}

function checkWeights(weights: ReadonlyStateDict, saved: ReadonlyMap<string, tf.Variable>): void {
  const missing = [...saved.keys()].filter((path) => !weights.has(path));
  const unexpected = [...weights.keys()].filter((path) => !saved.has(path));
  const misshapen = [...saved].filter(
    ([path, v]) => !sameShape(weights.get(path)?.shape ?? v.shape, v.shape),
  );
  if (missing.length + unexpected.length + misshapen.length === 0) return;
  const parts = [
    missing.length > 0 && `missing ${listSome(missing)}`,
    unexpected.length > 0 && `unknown ${listSome(unexpected)}`,
    misshapen.length > 0 && `of another shape ${listSome(misshapen.map(([path]) => path))}`,
  ].filter(Boolean);
  throw new ResumeError(
    `fit: the checkpoint must hold this run's weights, got ${parts.join('; ')}. Nothing was loaded.`,
  );
}
