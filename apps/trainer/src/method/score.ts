import {
  accuracy,
  balancedAccuracy,
  logLoss,
  macroF1,
  meanSquaredError,
  rocAuc,
  rSquared,
} from '@warmstart/training';
import type { Part } from '../data/encode-rows.js';
import type { Preparation } from '../data/preparation.js';

type Answer = NonNullable<Preparation['answer']>;

/** Rows whose answer is known, by number. */
export function answeredRows({ answers, rowCount }: Part, { kind }: Answer): number[] {
  const isKnown = (row: number) => {
    const answer = answers[row] as number;
    return kind === 'classes' ? answer >= 0 : !Number.isNaN(answer);
  };
  return Array.from({ length: rowCount }, (_, row) => row).filter(isKnown);
}

/**
 * How well outputs agree with answers.
 *
 * @param outputs - of the answered rows: logits, or numbers in the unit of the file
 * @param answers - classes, or numbers in the unit of the file
 */
export function scoreOf(
  outputs: HostTensor,
  answers: ArrayLike<number>,
  { kind }: Answer,
): Record<string, number> {
  if (answers.length === 0) return {};
  if (kind === 'number') {
    return {
      rSquared: rSquared(outputs, answers),
      rootMeanSquaredError: Math.sqrt(meanSquaredError(outputs, answers)),
    };
  }
  const present = new Set(Array.from(answers)).size;
  return {
    accuracy: accuracy(outputs, answers),
    balancedAccuracy: balancedAccuracy(outputs, answers),
    macroF1: macroF1(outputs, answers),
    logLoss: logLoss(outputs, answers),
    ...(outputs.shape[1] === 2 && present === 2 ? { rocAuc: rocAuc(outputs, answers) } : {}),
  };
}

/** Logits to probabilities, row by row. */
export function softmax({ data, shape }: HostTensor): Float64Array {
  const classCount = shape[1] ?? 1;
  const probabilities = new Float64Array(data.length);
  for (let start = 0; start < data.length; start += classCount) {
    let highest = Number.NEGATIVE_INFINITY;
    for (let index = start; index < start + classCount; index++)
      highest = Math.max(highest, data[index] as number);
    let sum = 0;
    for (let index = start; index < start + classCount; index++) {
      probabilities[index] = Math.exp((data[index] as number) - highest);
      sum += probabilities[index] as number;
    }
    for (let index = start; index < start + classCount; index++)
      probabilities[index] = (probabilities[index] as number) / sum;
  }
  return probabilities;
}

import type { HostTensor } from '@warmstart/shapes';
