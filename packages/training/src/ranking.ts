import type { HostTensor } from '@warmstart/shapes';
import { checkClassOf, widthOf } from './metrics.js';

/**
 * Chance that a random example of class 1 scores higher than one of class 0; ties count half.
 *
 * @param outputs - scores of [exampleCount] or [exampleCount, 1], or logits of [exampleCount, 2]
 * @param labels - 0 and 1, both present
 * @throws RangeError for more than two classes, or if one class is absent
 * @see Hanley & McNeil 1982
 */
export function rocAuc(outputs: HostTensor, labels: ArrayLike<number>): number {
  const scores = binaryScores(outputs, labels, 'rocAuc');
  const order = scores.map((_, row) => row).sort((left, right) => at(scores, left) - at(scores, right));
  let rankSum = 0;
  let positives = 0;
  for (let first = 0; first < order.length; ) {
    let end = first;
    while (end < order.length && scores[at(order, end)] === scores[at(order, first)]) end++;
    const meanRank = (first + 1 + end) / 2;
    for (let index = first; index < end; index++) {
      if (labels[at(order, index)] !== 1) continue;
      rankSum += meanRank;
      positives++;
    }
    first = end;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) {
    throw new RangeError(
      `rocAuc: labels must hold both 0 and 1, got ${positives} of 1 among ${order.length}.`,
    );
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Average precision: the mean of the precision at each score, weighed by the recall gained there. A ranking by
 * chance gives about the share of class 1, so it says more than the area under the curve where class 1 is rare.
 *
 * @param outputs - scores of [exampleCount] or [exampleCount, 1], or logits of [exampleCount, 2]
 * @param labels - 0 and 1; at least one 1
 * @throws RangeError for more than two classes, or without an example of class 1
 * @see `sklearn.metrics.average_precision_score`
 */
export function averagePrecision(outputs: HostTensor, labels: ArrayLike<number>): number {
  const scores = binaryScores(outputs, labels, 'averagePrecision');
  const order = scores.map((_, row) => row).sort((left, right) => at(scores, right) - at(scores, left));
  const positives = order.filter((row) => labels[row] === 1).length;
  if (positives === 0) {
    throw new RangeError(`averagePrecision: labels must hold a 1, got none among ${order.length}.`);
  }
  let total = 0;
  let found = 0;
  for (let first = 0; first < order.length; ) {
    let end = first;
    let gained = 0;
    while (end < order.length && scores[at(order, end)] === scores[at(order, first)]) {
      if (labels[at(order, end)] === 1) gained++;
      end++;
    }
    found += gained;
    total += (gained / positives) * (found / end);
    first = end;
  }
  return total;
}

/** The larger, the more an example is taken for class 1. */
function binaryScores(outputs: HostTensor, labels: ArrayLike<number>, name: string): number[] {
  const width = widthOf(outputs, labels, name);
  if (width > 2) throw new RangeError(`${name}: outputs must have 1 or 2 columns, got ${width}.`);
  const { data } = outputs;
  return Array.from(labels, (_, row) => {
    checkClassOf(name, labels, row, 2);
    const score = width === 2 ? at(data, 2 * row + 1) - at(data, 2 * row) : at(data, row);
    if (Number.isNaN(score)) throw new RangeError(`${name}: outputs must be numbers, got NaN in row ${row}.`);
    return score;
  });
}

/** Element of an array whose length was checked. */
function at(values: ArrayLike<number>, index: number): number {
  return values[index] as number;
}
