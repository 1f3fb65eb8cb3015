import type * as tf from '@tensorflow/tfjs-core';
import type { StepPosition } from './batch-source.js';
import type { LossAndGradients } from './gradients.js';

/** What a compiler has to say. */
export type StepCompilerEvent =
  | {
      type: 'step-compile';
      recompiled: boolean;
      recordMilliseconds: number;
      compileMilliseconds: number;
      difference: number;
    }
  | { type: 'step-eager'; reason: string }
  | { type: 'step-check'; difference: number };

/**
 * Makes a faster step of a loss; `compileLoss` of `@warmstart/compile` is one. Under `auto` the step runs as
 * it is where it cannot be compiled, and an event says so; under `always` that is an error.
 */
export type StepCompiler = <Batch>(
  loss: (batch: Batch, at: StepPosition) => tf.Scalar,
  variables: ReadonlyMap<string, tf.Variable>,
  options: { compile: 'auto' | 'always'; onEvent: (event: StepCompilerEvent) => void | Promise<void> },
) => Promise<CompiledLoss<Batch>>;

/** A compiled step: new tensors at each call, which the loop disposes. */
export interface CompiledLoss<Batch> {
  lossAndGradients: (batch: Batch, at: StepPosition) => Promise<LossAndGradients>;
  dispose: () => Promise<void>;
}
