import type { HostTensor } from '@warmstart/shapes';

/** One number from all outputs and all labels. */
export type Metric = (outputs: HostTensor, labels: ArrayLike<number>) => number;

/**
 * Share of examples whose largest output is at the label.
 *
 * @param outputs - [exampleCount, classCount]; or [exampleCount] or [exampleCount, 1] logits of class 1
 * @param labels - class indices
 */
export function accuracy(outputs: HostTensor, labels: ArrayLike<number>): number {
  const classes = predictedClasses(outputs, labels, 'accuracy');
  let right = 0;
  for (let row = 0; row < classes.length; row++) if (classes[row] === labels[row]) right++;
  return right / classes.length;
}

/** Mean over the classes that occur of the share of each that was found: fair to rare classes. */
export function balancedAccuracy(outputs: HostTensor, labels: ArrayLike<number>): number {
  const counts = classCounts(outputs, labels, 'balancedAccuracy').filter((count) => count.actual > 0);
  return mean(counts.map((count) => count.hit / count.actual));
}

/** How well one class is found. */
export interface ClassScores {
  /** Share of the predictions of this class that are right; 0 if there are none. */
  precision: number;
  /** Share of the examples of this class that are found; 0 if there are none. */
  recall: number;
  /** Harmonic mean of both; 0 if both are 0. */
  f1: number;
  /** Examples of this class. */
  support: number;
}

/**
 * Precision, recall and F1 of each class.
 *
 * @param outputs - logits of [exampleCount, classCount]; or [exampleCount] or [exampleCount, 1] logits of class 1
 * @param labels - class indices
 * @returns one entry a class, in their order
 * @see `sklearn.metrics.precision_recall_fscore_support`, with `zero_division=0`
 */
export function classScores(outputs: HostTensor, labels: ArrayLike<number>): ClassScores[] {
  return classCounts(outputs, labels, 'classScores').map(({ hit, actual, predicted }) => ({
    precision: predicted > 0 ? hit / predicted : 0,
    recall: actual > 0 ? hit / actual : 0,
    f1: actual + predicted > 0 ? (2 * hit) / (actual + predicted) : 0,
    support: actual,
  }));
}

/** Mean over the classes that occur, in labels or outputs, of F1: 2 · hits / (actual + predicted). */
export function macroF1(outputs: HostTensor, labels: ArrayLike<number>): number {
  const counts = classCounts(outputs, labels, 'macroF1').filter(
    (count) => count.actual + count.predicted > 0,
  );
  return mean(counts.map((count) => (2 * count.hit) / (count.actual + count.predicted)));
}

/**
 * Mean negative log-likelihood of the labels under softmax of the outputs, in nats.
 *
 * @param outputs - logits of [exampleCount, classCount]
 */
export function logLoss(outputs: HostTensor, labels: ArrayLike<number>): number {
  const width = widthOf(outputs, labels, 'logLoss');
  let total = 0;
  for (let row = 0; row < labels.length; row++) {
    const logits = Array.from({ length: width }, (_, column) => at(outputs.data, row * width + column));
    const top = Math.max(...logits);
    const sum = logits.reduce((acc, logit) => acc + Math.exp(logit - top), 0);
    total += top + Math.log(sum) - at(logits, at(labels, row));
  }
  return total / labels.length;
}

/**
 * Mean over the labels that occur, in truth or guess, of F1, for examples that may have several labels at once.
 *
 * @param outputs - logits of [exampleCount, labelCount]; above 0 is a yes
 * @param labels - 0 or 1, one an output: [exampleCount · labelCount]
 */
export function multiLabelF1(outputs: HostTensor, labels: ArrayLike<number>): number {
  checkSameLength(outputs, labels, 'multiLabelF1');
  const width = outputs.shape.at(-1) ?? 1;
  const counts = Array.from({ length: width }, () => ({ hit: 0, actual: 0, predicted: 0 }));
  for (let index = 0; index < labels.length; index++) {
    const count = counts[index % width] as ClassCount; // index % width < width
    const truth = at(labels, index);
    if (truth !== 0 && truth !== 1) {
      throw new RangeError(
        `multiLabelF1: labels must be 0 or 1, got ${truth} in row ${Math.floor(index / width)}, label ${index % width}.`,
      );
    }
    const guess = at(outputs.data, index) > 0 ? 1 : 0;
    count.hit += truth * guess;
    count.actual += truth;
    count.predicted += guess;
  }
  // nothing to find and nothing claimed is no mistake
  if (counts.every(({ actual, predicted }) => actual + predicted === 0)) return 1;
  const occurring = counts.filter(({ actual, predicted }) => actual + predicted > 0);
  return mean(occurring.map(({ hit, actual, predicted }) => (2 * hit) / (actual + predicted)));
}

/** Mean of squared differences. @param outputs - as many numbers as there are targets */
export function meanSquaredError(outputs: HostTensor, targets: ArrayLike<number>): number {
  checkSameLength(outputs, targets, 'meanSquaredError');
  let total = 0;
  for (let index = 0; index < targets.length; index++)
    total += (at(outputs.data, index) - at(targets, index)) ** 2;
  return total / targets.length;
}

/** Share of the targets' variance that the outputs explain; 0 for predicting their mean, 1 at best. */
export function rSquared(outputs: HostTensor, targets: ArrayLike<number>): number {
  const error = meanSquaredError(outputs, targets);
  const centre = mean(Array.from(targets));
  const variance = mean(Array.from(targets, (target) => (target - centre) ** 2));
  return 1 - error / variance;
}

interface ClassCount {
  hit: number;
  actual: number;
  predicted: number;
}

function classCounts(outputs: HostTensor, labels: ArrayLike<number>, name: string): ClassCount[] {
  const classes = predictedClasses(outputs, labels, name);
  const classCount = Math.max(2, outputs.shape[1] ?? 1);
  const counts = Array.from({ length: classCount }, () => ({ hit: 0, actual: 0, predicted: 0 }));
  for (let row = 0; row < classes.length; row++) {
    checkClassOf(name, labels, row, classCount);
    const actual = counts[at(labels, row)] as ClassCount; // checked
    const predicted = counts[at(classes, row)] as ClassCount; // an index of the outputs
    actual.actual++;
    predicted.predicted++;
    if (actual === predicted) actual.hit++;
  }
  return counts;
}

function predictedClasses(outputs: HostTensor, labels: ArrayLike<number>, name: string): number[] {
  const width = widthOf(outputs, labels, name);
  return Array.from(labels, (_, row) => {
    if (width === 1) return at(outputs.data, row) > 0 ? 1 : 0;
    let best = 0;
    for (let column = 1; column < width; column++) {
      if (at(outputs.data, row * width + column) > at(outputs.data, row * width + best)) best = column;
    }
    return best;
  });
}

/** @throws RangeError if the label of this row is not one of the classes */
export function checkClassOf(name: string, labels: ArrayLike<number>, row: number, classCount: number): void {
  const label = at(labels, row);
  if (Number.isInteger(label) && label >= 0 && label < classCount) return;
  throw new RangeError(`${name}: labels must be classes 0 to ${classCount - 1}, got ${label} in row ${row}.`);
}

/** The number of columns of the outputs. @throws RangeError unless there is one label a row */
export function widthOf(outputs: HostTensor, labels: ArrayLike<number>, name: string): number {
  const [rows, width = 1] = outputs.shape;
  if (rows !== labels.length || labels.length === 0 || outputs.shape.length > 2) {
    throw new RangeError(
      `${name}: outputs must be [exampleCount, classCount] with one label a row, got outputs ` +
        `[${outputs.shape}] and ${labels.length} labels.`,
    );
  }
  return width;
}

function checkSameLength(outputs: HostTensor, targets: ArrayLike<number>, name: string): void {
  if (outputs.data.length === targets.length && targets.length > 0) return;
  throw new RangeError(
    `${name}: outputs and targets must be equally many and at least one, got ${outputs.data.length} and ${targets.length}.`,
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Element of an array whose length was checked. */
function at(values: ArrayLike<number>, index: number): number {
  return values[index] as number;
}
