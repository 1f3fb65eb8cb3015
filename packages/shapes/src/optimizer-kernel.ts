import type { TensorInfo } from '@tensorflow/tfjs-core';

/** One variable of an optimizer's step: what a kernel that updates all variables at once reads and writes. */
export interface OptimizerRow {
  length: number;
  weights: TensorInfo;
  /** The new weights; never the old tensor, whose packed copies a backend may keep by id. */
  output: TensorInfo;
  gradient: TensorInfo;
  /** Written in place. */
  slots: readonly TensorInfo[];
  guide: TensorInfo | undefined;
  /** Multiplies the update. */
  stepSize: number;
  /** What weight decay takes per unit of weight, multiplied by the guide. */
  shrink: number;
  /** The same, not multiplied by the guide. */
  freeShrink: number;
  /** 1 / √(1 − β₂ᵗ), for AdamW. */
  rootCorrection: number;
}

/** Numbers of one AdamW step that all variables share; slots of a row: means of gradients and of their squares. */
export interface AdamWStep {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** Numbers of one SGD step that all variables share; with momentum, a row's one slot is its velocity. */
export interface SgdStep {
  momentum: number;
  nesterov: boolean;
}

/**
 * What `installKernels` of `@warmstart/kernels` registers with TensorFlow.js for each backend, and `adamW` and `sgd` of
 * `@warmstart/training` look up there by name: the attributes of a kernel without inputs and outputs.
 */
export interface OptimizerKernels {
  FusedAdamW: { rows: readonly OptimizerRow[]; step: AdamWStep };
  FusedSgd: { rows: readonly OptimizerRow[]; step: SgdStep };
}
