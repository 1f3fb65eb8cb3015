import type * as tf from '@tensorflow/tfjs-core';
import type { LossAndGradients, Optimizer, StepPosition } from '@warmstart/shapes';

/** Everything that changes between steps, by name. */
export type Feeds = Readonly<Record<string, tf.Tensor>>;

/** What a compiled step has to say. */
export type CompileEvent =
  | {
      /** A batch shape was compiled; `recompiled` if it is not the first of this step. */
      type: 'step-compile';
      recompiled: boolean;
      /** Shape of each feed. */
      shapes: Record<string, readonly number[]>;
      kernelCount: number;
      nodeCount: number;
      /** Of the graph file. */
      sizeBytes: number;
      /** Two eager steps with recording. */
      recordMilliseconds: number;
      /** Comparing, translating, loading. */
      compileMilliseconds: number;
      /** Against the eager step, right after compiling. */
      difference: number;
    }
  /** From now on steps run in TensorFlow.js; said once per reason. */
  | { type: 'step-eager'; reason: string }
  /** A periodic eager step agreed. */
  | { type: 'step-check'; difference: number };

export interface CompileOptions {
  /** `auto` runs in TensorFlow.js what cannot be compiled, and says so; `always` throws instead. Default 'auto'. */
  compile?: 'auto' | 'always' | 'never';
  /** Compiled steps between two that also run in TensorFlow.js and must agree; 0 for never. Default 500. */
  checkEvery?: number;
  /**
   * Largest relative difference, in the Euclidean norm, of a loss, gradient or written variable that still agrees.
   * Rounding turns a few ReLUs the other way, and a deep net multiplies that: 0.02 in a fresh ResNet-50.
   * Default 0.05.
   */
  tolerance?: number;
  /** Threads of ONNX Runtime. Default: all cores on the main thread, one in a worker. */
  threads?: number;
  /** Lets `run` update the variables. It stays the caller's. */
  optimizer?: Pick<Optimizer, 'step'>;
  onEvent?: (event: CompileEvent) => void | Promise<void>;
  /** Imports onnxruntime-node, where it cannot be found by that name. */
  loadRuntime?: () => Promise<unknown>;
}

/** A training step that runs natively where it can. Needs no `this`: its functions may be passed alone. */
export interface CompiledStep<Batch> {
  /** For a loop such as `fit`: new tensors, which the caller disposes. */
  lossAndGradients: (batch: Batch, at?: StepPosition) => Promise<LossAndGradients>;
  /** One whole step with `options.optimizer`. */
  run: (batch: Batch, at?: StepPosition) => Promise<{ loss: number }>;
  /** Frees the graphs. The variables and the optimizer stay. */
  dispose: () => Promise<void>;
}

/** @throws TypeError or RangeError naming the option */
export function checkCompileOptions(
  variables: ReadonlyMap<string, tf.Variable>,
  { compile = 'auto', checkEvery = 500, tolerance = 0.05, threads, optimizer }: CompileOptions,
): void {
  if (typeof variables?.size !== 'number') {
    const got = Array.isArray(variables) ? 'an array' : typeof variables;
    throw new TypeError(`compileStep: variables must be a Map by path, got ${got}.`);
  }
  if (optimizer && typeof optimizer.step !== 'function') {
    throw new TypeError(
      'compileStep: optimizer must have step(gradients), got one without. Use adamW or sgd of @warmstart/training; those of tf.train do not fit.',
    );
  }
  if (variables.size === 0) {
    throw new RangeError(
      'compileStep: variables must hold at least one variable, got none. Is everything frozen?',
    );
  }
  if (!['auto', 'always', 'never'].includes(compile)) {
    throw new RangeError(`compileStep: compile must be 'auto', 'always' or 'never', got ${compile}.`);
  }
  if (!(Number.isInteger(checkEvery) && checkEvery >= 0)) {
    throw new RangeError(`compileStep: checkEvery must be a whole number ≥ 0, got ${checkEvery}.`);
  }
  if (!(tolerance > 0)) throw new RangeError(`compileStep: tolerance must be > 0, got ${tolerance}.`);
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    throw new RangeError(`compileStep: threads must be a whole number > 0, got ${threads}.`);
  }
}
