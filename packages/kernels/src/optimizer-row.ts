import type { TensorInfo } from '@tensorflow/tfjs-core';

/** One variable of a fused step: what a backend's kernel reads and writes. */
export interface OptimizerRow {
  length: number;
  weights: TensorInfo;
  /** The new weights; on wasm never the old tensor, whose packed copies the backend keeps by id. */
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

/** Numbers of one AdamW step that all variables share. */
export interface AdamWStep {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** Numbers of one SGD step that all variables share; with momentum, a row's first slot is its velocity. */
export interface SgdStep {
  momentum: number;
  nesterov: boolean;
}
