import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';

/** Where a run stands; everything random should be drawn from it, so that resuming is exact. */
export interface StepPosition {
  /** Updates made before this one. */
  step: number;
  epoch: number;
  /** With gradient accumulation: which part of the step, from 0. */
  micro: number;
}

/** A loss, as a tensor or read back, and its gradients by path. Whoever receives it disposes the tensors. */
export interface LossAndGradients<Loss extends Scalar | number = Scalar> {
  loss: Loss;
  gradients: Map<string, Tensor>;
}

/** A loss made into a faster step: new tensors at each call, which the caller disposes. */
export interface CompiledLoss<Batch> {
  lossAndGradients: (batch: Batch, at: StepPosition) => Promise<LossAndGradients<Scalar | number>>;
  /** Frees what was compiled; the variables stay. */
  dispose: () => Promise<void>;
}

/** What a compiler reports. */
export type StepCompilerEvent =
  | {
      type: 'step-compile';
      /** Whether this loss was compiled before, for batches of another shape. */
      recompiled: boolean;
      recordMilliseconds: number;
      compileMilliseconds: number;
      /** Relative, against the same step as TensorFlow.js runs it. */
      difference: number;
    }
  | { type: 'step-eager'; reason: string }
  | { type: 'step-check'; difference: number };

/**
 * Makes a faster step of a loss; `compileLoss` of `@warmstart/compile` is one. Under `auto` the step runs as
 * it is where it cannot be compiled, and an event says why; under `always` that is an error.
 */
export type StepCompiler = <Batch>(
  loss: (batch: Batch, at: StepPosition) => Scalar,
  variables: ReadonlyMap<string, Variable>,
  options: { compile: 'auto' | 'always'; onEvent: (event: StepCompilerEvent) => void | Promise<void> },
) => Promise<CompiledLoss<Batch>>;
