import * as tf from '@tensorflow/tfjs-core';
import { crossValidatedRidge, ridgeProbes } from '@warmstart/finetune-heads';
import type { OutputColumn } from '../schema/output-schema.js';
import type { Task } from './task.js';

/** Predicting a number, in standard units of the labelled rows: squared error, ridge regression. */
export function numberTask(output: Extract<OutputColumn, { kind: 'number' }>, values: Float64Array): Task {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const deviation = Math.sqrt(variance) || 1;
  return {
    output,
    outputCount: 1,
    headCaution: 1,
    strata: undefined,
    targetsOf: (outputs) => outputs.map((value) => (value - mean) / deviation),
    loss: (outputs, targets) =>
      tf.tidy(
        () =>
          tf.mean(
            tf.square(tf.sub(tf.reshape(outputs, [-1]), tf.tensor1d(Float32Array.from(targets)))),
          ) as tf.Scalar,
      ),
    rowLosses: ({ data }, targets) =>
      Float64Array.from(
        { length: targets.length },
        (_, row) => ((data[row] as number) - (targets[row] as number)) ** 2,
      ),
    probe(features, targets, { l2, scale }) {
      const [probe] = ridgeProbes(features, targets, { l2: [l2], scale });
      if (!probe) throw new RangeError('ridgeProbes: one probe was asked for, got none.');
      return { weight: Float32Array.from(probe.weight), bias: Float32Array.of(probe.bias) };
    },
    crossValidate: crossValidatedRidge,
    baseline: Float32Array.of(0),
    outputSchema: () => ({ ...output, mean, deviation }),
  };
}
