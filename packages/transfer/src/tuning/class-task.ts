import * as tf from '@tensorflow/tfjs-core';
import { crossValidatedProbes, type Features, fitTemperature, linearProbe } from '@warmstart/finetune-heads';
import type { HostTensor } from '@warmstart/shapes';
import { balancedClassWeights, classificationLoss } from '@warmstart/training';
import { TransferError } from '../errors.js';
import type { OutputColumn } from '../schema/output-schema.js';
import type { Task } from './task.js';

/** How much the rows of each class count: all alike, rare classes more, or as said by class name. */
export type ClassWeights = 'none' | 'balanced' | Readonly<Record<string, number>>;

/** Predicting classes: log loss, logistic regression, a temperature. */
export function classTask(
  output: Extract<OutputColumn, { kind: 'classes' }>,
  labels: Float64Array,
  classWeights: ClassWeights,
): Task {
  const { classNames } = output;
  const classCount = classNames.length;
  const weights = weightsOf(classWeights, classNames, labels);
  const isCalibrated =
    labels.length >= labelsForTemperature && Math.min(...countsOf(labels, classCount)) >= rowsForTemperature;
  const classLoss = weights ? { classWeights: weights } : {};
  const sampleWeights = (targets: ArrayLike<number>) =>
    weights ? { sampleWeights: Float64Array.from(targets, (label) => weights[label] as number) } : {};
  return {
    output,
    outputCount: classCount,
    headCaution: 0,
    strata: 'targets',
    targetsOf: (outputs) => outputs,
    loss: (outputs, targets) =>
      tf.tidy(() => classificationLoss(outputs, tf.tensor1d(Int32Array.from(targets), 'int32'), classLoss)),
    rowLosses: (outputs, targets) =>
      logLosses(outputs, targets).map((loss, row) => loss * (weights?.[targets[row] as number] ?? 1)),
    probe: (features, targets, { l2, scale }) =>
      linearProbe(features, targets, {
        l2,
        scale,
        classCount,
        absentClasses: 'allow',
        tolerance: 1e-5,
        ...sampleWeights(targets),
      }),
    crossValidate: (features: Features, targets, options) =>
      crossValidatedProbes(features, targets, { ...options, classCount, ...sampleWeights(targets) }),
    baseline: Float32Array.from(sharesOf(labels, classCount), (share) => Math.log(share)),
    outputSchema: (heldOut) => ({
      ...output,
      classNames: [...classNames],
      temperature:
        heldOut && isCalibrated
          ? fitTemperature(heldOut.outputs, heldOut.targets, { least: 0.5, most: 20 })
          : 1,
    }),
  };
}

function weightsOf(
  choice: ClassWeights,
  classNames: readonly string[],
  labels: Float64Array,
): Float32Array | undefined {
  if (choice === 'none') return undefined;
  if (choice === 'balanced') return balancedClassWeights(labels, classNames.length);
  const unknown = Object.keys(choice).find((name) => !classNames.includes(name));
  const wrong = Object.entries(choice).find(([, weight]) => !(weight > 0 && Number.isFinite(weight)));
  if (unknown !== undefined || wrong) {
    throw new TransferError(
      'bad-option',
      unknown !== undefined
        ? `classWeights: ${JSON.stringify(unknown)} is not a class. The classes are ${classNames.join(', ')}.`
        : `classWeights: weights must be positive numbers, got ${wrong?.[1]} for ${JSON.stringify(wrong?.[0])}.`,
    );
  }
  return Float32Array.from(classNames, (name) => choice[name] ?? 1);
}

/**
 * With fewer labels, or fewer rows of a class, models without a fold of them are too unlike the model that is kept: a
 * temperature fitted on them makes it worse (docs/experiments/tables.md).
 */
const [labelsForTemperature, rowsForTemperature] = [200, 5] as const;

function countsOf(labels: Float64Array, classCount: number): Float64Array {
  const counts = new Float64Array(classCount);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  return counts;
}

/** Shares of the classes; one without a row counts half a row. */
function sharesOf(labels: Float64Array, classCount: number): Float64Array {
  const held = countsOf(labels, classCount).map((count) => Math.max(0.5, count));
  const sum = held.reduce((total, count) => total + count, 0);
  return held.map((count) => count / sum);
}

/** −log of the softmax at each row's label, in nats. */
function logLosses({ data, shape }: HostTensor, labels: ArrayLike<number>): Float64Array {
  const width = shape[1] ?? 1;
  return Float64Array.from({ length: labels.length }, (_, row) => {
    let top = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < width; at++) top = Math.max(top, data[row * width + at] as number);
    let sum = 0;
    for (let at = 0; at < width; at++) sum += Math.exp((data[row * width + at] as number) - top);
    return top + Math.log(sum) - (data[row * width + (labels[row] as number)] as number);
  });
}
