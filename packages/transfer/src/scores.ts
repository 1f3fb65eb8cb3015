import type { HostTensor } from '@warmstart/shapes';
import {
  accuracy,
  averagePrecision,
  balancedAccuracy,
  type ClassScores,
  classScores,
  expectedCalibrationError,
  logLoss,
  macroF1,
  meanSquaredError,
  rocAuc,
  rSquared,
} from '@warmstart/training';
import type { OutputSchema } from './schema/output-schema.js';

/**
 * How well outputs agree with what is known.
 *
 * @param outputs - of a network, [rowCount, outputCount]
 * @param truth - classes, or numbers as they stand in the data; rows without one are left out by the caller
 * @returns accuracy, balancedAccuracy, macroF1, logLoss, calibrationError and, of two classes, rocAuc and
 *   averagePrecision of the second; or rSquared and rootMeanSquaredError; nothing of no rows
 */
export function scoreOutputs(
  outputs: HostTensor,
  truth: ArrayLike<number>,
  schema: OutputSchema,
): Record<string, number> {
  if (truth.length === 0) return {};
  const meant = meantOutputs(outputs, schema);
  if (schema.kind === 'number') {
    return {
      rSquared: rSquared(meant, truth),
      rootMeanSquaredError: Math.sqrt(meanSquaredError(meant, truth)),
    };
  }
  const present = new Set(Array.from(truth)).size;
  return {
    accuracy: accuracy(meant, truth),
    balancedAccuracy: balancedAccuracy(meant, truth),
    macroF1: macroF1(meant, truth),
    logLoss: logLoss(meant, truth),
    calibrationError: expectedCalibrationError(meant, truth),
    ...(meant.shape[1] === 2 && present === 2
      ? { rocAuc: rocAuc(meant, truth), averagePrecision: averagePrecision(meant, truth) }
      : {}),
  };
}

/** How well each class is found, by its name; nothing of numbers, or of no rows. */
export function scoreClasses(
  outputs: HostTensor,
  truth: ArrayLike<number>,
  schema: OutputSchema,
): Record<string, ClassScores> {
  if (schema.kind === 'number' || truth.length === 0) return {};
  const scores = classScores(outputs, truth);
  return Object.fromEntries(
    schema.classNames.map((name, label) => [name, scores[label] as ClassScores]), // one a class
  );
}

/** Outputs in the units of the data: logits divided by the temperature, or numbers [rowCount]. */
export function meantOutputs({ data, shape }: HostTensor, schema: OutputSchema): HostTensor {
  if (schema.kind === 'classes') {
    const { temperature } = schema;
    return { data: Float64Array.from(data, (value) => value / temperature), shape };
  }
  const { mean, deviation } = schema;
  return { data: Float64Array.from(data, (value) => value * deviation + mean), shape: [shape[0] ?? 0] };
}

/** Probabilities of logits, row by row: [rowCount, classCount]. */
export function softmax({ data, shape }: HostTensor): Float64Array {
  const width = shape[1] ?? 1;
  const shares = new Float64Array(data.length);
  for (let start = 0; start < data.length; start += width) {
    let top = Number.NEGATIVE_INFINITY;
    for (let at = start; at < start + width; at++) top = Math.max(top, data[at] as number);
    let sum = 0;
    for (let at = start; at < start + width; at++) {
      shares[at] = Math.exp((data[at] as number) - top);
      sum += shares[at] as number;
    }
    for (let at = start; at < start + width; at++) shares[at] = (shares[at] as number) / sum;
  }
  return shares;
}
