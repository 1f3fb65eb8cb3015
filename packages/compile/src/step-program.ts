import * as tf from '@tensorflow/tfjs-core';
import type { LossAndGradients, StepPosition } from '@warmstart/shapes';
import { record } from './record.js';
import type { Recording } from './recording.js';
import type { Feeds } from './step-options.js';

/** What a step computes. */
export interface StepProgram {
  loss: (fed: Feeds, at: StepPosition) => tf.Scalar;
  variables: ReadonlyMap<string, tf.Variable>;
}

const gradientPrefix = 'gradient.';

/** One step in TensorFlow.js. */
export function eagerStep(program: StepProgram, fed: Feeds, at: StepPosition): LossAndGradients {
  return splitOutputs(stepOutputs(program, fed, at));
}

/** One step in TensorFlow.js, noted down. */
export function recordStep(
  program: StepProgram,
  fed: Feeds,
  at: StepPosition,
): { recording: Recording; result: LossAndGradients } {
  const { recording, outputs } = record(new Map(Object.entries(fed)), (lossIsComputed) =>
    stepOutputs(program, fed, at, lossIsComputed),
  );
  return { recording, result: splitOutputs(outputs) };
}

function stepOutputs(
  { loss, variables }: StepProgram,
  fed: Feeds,
  at: StepPosition,
  lossIsComputed = () => {},
): Map<string, tf.Tensor> {
  const { value, grads } = tf.variableGrads(() => {
    const computed = loss(fed, at);
    lossIsComputed();
    return computed;
  }, [...variables.values()]);
  const outputs = new Map<string, tf.Tensor>([['loss', value]]);
  for (const [path, variable] of variables) {
    // variableGrads leaves out what the loss does not depend on, whatever its type says
    const gradient: tf.Tensor | undefined = grads[variable.name];
    if (gradient) outputs.set(gradientPrefix + path, gradient);
  }
  return outputs;
}

/** Outputs by name as loss and gradients by path. */
export function splitOutputs(outputs: ReadonlyMap<string, tf.Tensor>): LossAndGradients {
  const gradients = new Map<string, tf.Tensor>();
  for (const [name, tensor] of outputs) {
    if (name.startsWith(gradientPrefix)) gradients.set(name.slice(gradientPrefix.length), tensor);
  }
  return { loss: outputs.get('loss') as tf.Scalar, gradients };
}

/** The reverse of `splitOutputs`. */
export function joinOutputs({ loss, gradients }: LossAndGradients): Map<string, tf.Tensor> {
  const named = [...gradients].map(([path, tensor]): [string, tf.Tensor] => [gradientPrefix + path, tensor]);
  return new Map([['loss', loss], ...named]);
}
