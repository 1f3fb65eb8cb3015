import { type Minimum, minimize } from './lbfgs.js';

/** Rows to fit, already standardised. */
export interface RegressionRows {
  /** [rowCount, width] */
  inputs: Float64Array;
  width: number;
  /** Class indices, one a row. */
  labels: ArrayLike<number>;
  classCount: number;
  sampleWeights?: ArrayLike<number> | undefined;
}

/**
 * Fits multinomial logistic regression with the penalty l2 / 2 · ‖W‖² on the summed loss, biases free.
 *
 * Two classes share one vector of weights, that of class 1 against class 0, as in binary logistic regression:
 * with a vector for each class the same l2 would weigh half as much.
 *
 * @param options.tolerance - stop when no component of the mean loss's gradient is larger
 * @param options.start - where to begin, e.g. the minimum for another l2; default zeros
 * @returns weights of [outputs, width + 1], the bias last in each row; one output for two classes
 */
export function fitRegression(
  rows: RegressionRows,
  options: { l2: number; tolerance: number; maxIterations: number; start?: Float64Array },
): Minimum {
  const outputs = outputsOf(rows.classCount);
  const addLoss = outputs === 1 ? addLogisticLoss : addSoftmaxLoss;
  const start = options.start ?? new Float64Array(outputs * (rows.width + 1));
  return minimize(
    (at, gradient) => addLoss(rows, at, gradient) + addPenalty(at, gradient, options.l2, rows.width),
    start,
    { tolerance: options.tolerance * rows.labels.length, maxIterations: options.maxIterations },
  );
}

/** Summed cross-entropy at these weights, without the penalty. */
export function regressionLoss(rows: RegressionRows, at: Float64Array): number {
  const addLoss = outputsOf(rows.classCount) === 1 ? addLogisticLoss : addSoftmaxLoss;
  return addLoss(rows, at, new Float64Array(at.length));
}

/** Weights of [classCount, width + 1]: the one vector of two classes is shared out evenly. */
export function weightsByClass(at: Float64Array, classCount: number): Float64Array {
  if (outputsOf(classCount) > 1) return at;
  const byClass = new Float64Array(2 * at.length);
  at.forEach((weight, index) => {
    byClass[index] = -weight / 2;
    byClass[at.length + index] = weight / 2;
  });
  return byClass;
}

function outputsOf(classCount: number): number {
  return classCount === 2 ? 1 : classCount;
}

/** Summed binary cross-entropy; writes its gradient. */
function addLogisticLoss(rows: RegressionRows, at: Float64Array, gradient: Float64Array): number {
  const { inputs, width, labels, sampleWeights } = rows;
  gradient.fill(0);
  let total = 0;
  for (let row = 0; row < labels.length; row++) {
    const logit = affine(at, 0, inputs, row * width, width);
    const label = labels[row] as number;
    const times = sampleWeights ? (sampleWeights[row] as number) : 1;
    // log(1 + e^logit) without overflow
    total += times * (Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - label * logit);
    addRow(gradient, 0, inputs, row * width, width, times * (1 / (1 + Math.exp(-logit)) - label));
  }
  return total;
}

/** Summed cross-entropy of softmax; writes its gradient. */
function addSoftmaxLoss(rows: RegressionRows, at: Float64Array, gradient: Float64Array): number {
  const { inputs, width, labels, classCount, sampleWeights } = rows;
  const logits = new Float64Array(classCount);
  gradient.fill(0);
  let total = 0;
  for (let row = 0; row < labels.length; row++) {
    const own = labels[row] as number;
    let top = Number.NEGATIVE_INFINITY;
    for (let label = 0; label < classCount; label++) {
      const logit = affine(at, label * (width + 1), inputs, row * width, width);
      logits[label] = logit;
      if (logit > top) top = logit;
    }
    let sum = 0;
    for (let label = 0; label < classCount; label++) sum += Math.exp((logits[label] as number) - top);
    const times = sampleWeights ? (sampleWeights[row] as number) : 1;
    total += times * (top + Math.log(sum) - (logits[own] as number));
    for (let label = 0; label < classCount; label++) {
      const share = Math.exp((logits[label] as number) - top) / sum - (label === own ? 1 : 0);
      addRow(gradient, label * (width + 1), inputs, row * width, width, times * share);
    }
  }
  return total;
}

/** Bias plus the product of one row and one vector of weights. */
export function affine(
  weights: Float64Array,
  offset: number,
  inputs: Float64Array,
  begin: number,
  width: number,
): number {
  let sum = weights[offset + width] as number;
  for (let column = 0; column < width; column++) {
    sum += (weights[offset + column] as number) * (inputs[begin + column] as number);
  }
  return sum;
}

function addRow(
  gradient: Float64Array,
  offset: number,
  inputs: Float64Array,
  begin: number,
  width: number,
  factor: number,
): void {
  for (let column = 0; column < width; column++) {
    gradient[offset + column] =
      (gradient[offset + column] as number) + factor * (inputs[begin + column] as number);
  }
  gradient[offset + width] = (gradient[offset + width] as number) + factor;
}

/** l2 / 2 · ‖W‖², biases free; adds its gradient. */
function addPenalty(at: Float64Array, gradient: Float64Array, l2: number, width: number): number {
  let total = 0;
  for (let index = 0; index < at.length; index++) {
    if (index % (width + 1) === width) continue;
    const weight = at[index] as number;
    total += (l2 / 2) * weight * weight;
    gradient[index] = (gradient[index] as number) + l2 * weight;
  }
  return total;
}
