import * as tf from '@tensorflow/tfjs-core';
import { type FeatureScale, type Features, featureScale, sizeOf } from './features.js';
import { minimize } from './lbfgs.js';

/** What {@link linearProbe} takes besides features and labels. */
export interface LinearProbeOptions {
  /** Strength of the penalty l2 / 2 · ‖W‖² against the summed loss, > 0; sklearn's 1 / C. Default 1. */
  l2?: number;
  /** Default: largest label + 1. */
  classCount?: number;
  /** What a class without a row is: a mistake, or one that is then hardly ever guessed. Default 'error'. */
  absentClasses?: 'error' | 'allow';
  /** Centre and spread to standardise by: 'rows' takes them from these features. Default 'rows'. */
  scale?: FeatureScale | 'rows' | 'none';
  /** Counts each example this often. Default 1 each. */
  sampleWeights?: ArrayLike<number>;
  /** Stop when no component of the mean loss's gradient is larger. Default 1e-7. */
  tolerance?: number;
  /** Default 1000. */
  maxIterations?: number;
}

/** A fitted probe: logits = features · weightᵀ + bias, the standardisation folded in. */
export interface LinearProbe {
  /** [classCount, featureCount] */
  weight: Float32Array;
  /** [classCount] */
  bias: Float32Array;
  classCount: number;
  featureCount: number;
  /** Mean loss of the examples at the minimum, without the penalty, in nats. */
  loss: number;
  iterations: number;
}

/**
 * Multinomial logistic regression on the features of a frozen encoder, fitted to its one minimum in float64
 * on the host: no learning rate, no steps, no seed.
 *
 * @param features - [exampleCount, featureCount], on the host
 * @param labels - class indices, one a row
 * @throws RangeError for features that are not finite, labels that are not classes, a class without a row, or
 *   fewer than two classes
 * @see Alain & Bengio 2016, arXiv 1610.01644 (probes); Kumar et al. 2022, arXiv 2202.10054 (probe first)
 */
export function linearProbe(
  features: Features,
  labels: ArrayLike<number>,
  options: LinearProbeOptions = {},
): LinearProbe {
  const { l2 = 1, tolerance = 1e-7, maxIterations = 1000, sampleWeights } = options;
  const { rows, width } = sizeOf('linearProbe', features);
  const classCount = checkLabels('linearProbe', labels, rows, options.classCount);
  if (options.absentClasses !== 'allow') requireEveryClass(labels, classCount);
  if (!(l2 > 0)) throw new RangeError(`linearProbe: l2 must be > 0, got ${l2}.`);
  if (sampleWeights && sampleWeights.length !== rows) {
    throw new RangeError(
      `linearProbe: sampleWeights must be one a row (${rows}), got ${sampleWeights.length}.`,
    );
  }
  const scale = scaleFor(options.scale ?? 'rows', features, width);
  const inputs = standardised(features, scale);
  const problem = { inputs, labels, sampleWeights, rows, width, classCount };
  const minimum = minimize(
    (at, gradient) =>
      addCrossEntropy(problem, at, gradient) + addPenalty(at, gradient, l2, width, classCount),
    new Float64Array((width + 1) * classCount),
    { tolerance: tolerance * rows, maxIterations },
  );
  const loss = addCrossEntropy(problem, minimum.at, new Float64Array(minimum.at.length));
  const folded = fold(minimum.at, scale, width, classCount);
  return { ...folded, classCount, featureCount: width, loss: loss / rows, iterations: minimum.iterations };
}

/**
 * Puts a probe into a linear head, as its starting weights.
 *
 * @throws RangeError if the sizes differ; nothing is written then
 */
export function assignProbe(
  head: { weight: { variable: tf.Variable }; bias: { variable: tf.Variable } },
  probe: LinearProbe,
): void {
  const { weight, bias } = { weight: head.weight.variable, bias: head.bias.variable };
  const shape = [probe.classCount, probe.featureCount];
  if (String(weight.shape) !== String(shape)) {
    throw new RangeError(`assignProbe: the head must be [${shape}], as the probe, got [${weight.shape}].`);
  }
  tf.tidy(() => {
    weight.assign(tf.tensor2d(probe.weight, [probe.classCount, probe.featureCount]));
    bias.assign(tf.tensor1d(probe.bias));
  });
}

/** Logits of a probe, [exampleCount, classCount], on the host. */
export function probeLogits(
  probe: LinearProbe,
  features: Features,
): { data: Float32Array; shape: [number, number] } {
  const { rows, width } = sizeOf('probeLogits', features);
  if (width !== probe.featureCount) {
    throw new RangeError(`probeLogits: features must have ${probe.featureCount} columns, got ${width}.`);
  }
  const { classCount, weight, bias } = probe;
  const data = new Float32Array(rows * classCount);
  for (let row = 0; row < rows; row++) {
    for (let label = 0; label < classCount; label++) {
      let sum = bias[label] as number;
      for (let column = 0; column < width; column++) {
        sum += (weight[label * width + column] as number) * (features.data[row * width + column] as number);
      }
      data[row * classCount + label] = sum;
    }
  }
  return { data, shape: [rows, classCount] };
}

/**
 * Checks class labels.
 *
 * @returns the number of classes
 * @throws RangeError for a label that is no class, a row without one, or fewer than two classes
 */
export function checkLabels(
  name: string,
  labels: ArrayLike<number>,
  rows: number,
  classCount?: number,
): number {
  if (labels.length !== rows)
    throw new RangeError(`${name}: labels must be one a row (${rows}), got ${labels.length}.`);
  let largest = 0;
  for (let row = 0; row < rows; row++) {
    const label = labels[row] as number;
    if (!Number.isInteger(label) || label < 0 || (classCount !== undefined && label >= classCount)) {
      const range = classCount === undefined ? 'whole numbers from 0' : `classes 0 to ${classCount - 1}`;
      throw new RangeError(`${name}: labels must be ${range}, got ${label} in row ${row}.`);
    }
    largest = Math.max(largest, label);
  }
  const classes = classCount ?? largest + 1;
  if (new Set(Array.from(labels)).size < 2) {
    throw new RangeError(`${name}: labels must hold at least 2 classes, got only ${labels[0]}.`);
  }
  return classes;
}

function requireEveryClass(labels: ArrayLike<number>, classCount: number): void {
  const present = new Set(Array.from(labels));
  const absent = Array.from({ length: classCount }, (_, label) => label).filter(
    (label) => !present.has(label),
  );
  if (absent.length === 0) return;
  const shown = absent.slice(0, 5).join(', ') + (absent.length > 5 ? ` and ${absent.length - 5} more` : '');
  throw new RangeError(
    `linearProbe: every class must have a row, got none of class ${shown}. Label one of each, leave the class out, ` +
      "or set absentClasses: 'allow'.",
  );
}

interface Problem {
  inputs: Float64Array;
  labels: ArrayLike<number>;
  sampleWeights: ArrayLike<number> | undefined;
  rows: number;
  width: number;
  classCount: number;
}

/** Summed cross-entropy of weights laid out [classCount, width + 1], the bias last; adds its gradient. */
function addCrossEntropy(problem: Problem, at: Float64Array, gradient: Float64Array): number {
  const { inputs, labels, sampleWeights, rows, width, classCount } = problem;
  const logits = new Float64Array(classCount);
  gradient.fill(0);
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const input = inputs.subarray(row * width, (row + 1) * width);
    for (let label = 0; label < classCount; label++) logits[label] = affine(at, label * (width + 1), input);
    const top = Math.max(...logits);
    let sum = 0;
    for (let label = 0; label < classCount; label++) sum += Math.exp((logits[label] as number) - top);
    const times = sampleWeights ? (sampleWeights[row] as number) : 1;
    total += times * (top + Math.log(sum) - (logits[labels[row] as number] as number));
    for (let label = 0; label < classCount; label++) {
      const share = Math.exp((logits[label] as number) - top) / sum - (label === labels[row] ? 1 : 0);
      addRow(gradient, label * (width + 1), input, times * share);
    }
  }
  return total;
}

function affine(weights: Float64Array, offset: number, input: Float64Array): number {
  let sum = weights[offset + input.length] as number;
  for (let column = 0; column < input.length; column++) {
    sum += (weights[offset + column] as number) * (input[column] as number);
  }
  return sum;
}

function addRow(gradient: Float64Array, offset: number, input: Float64Array, factor: number): void {
  for (let column = 0; column < input.length; column++) {
    gradient[offset + column] = (gradient[offset + column] as number) + factor * (input[column] as number);
  }
  gradient[offset + input.length] = (gradient[offset + input.length] as number) + factor;
}

/** l2 / 2 · ‖W‖², biases free; adds its gradient. */
function addPenalty(
  at: Float64Array,
  gradient: Float64Array,
  l2: number,
  width: number,
  classCount: number,
): number {
  let total = 0;
  for (let label = 0; label < classCount; label++) {
    for (let column = 0; column < width; column++) {
      const index = label * (width + 1) + column;
      const weight = at[index] as number;
      total += (l2 / 2) * weight * weight;
      gradient[index] = (gradient[index] as number) + l2 * weight;
    }
  }
  return total;
}

function scaleFor(scale: FeatureScale | 'rows' | 'none', features: Features, width: number): FeatureScale {
  if (scale === 'rows') return featureScale(features);
  if (scale === 'none') return { mean: new Float64Array(width), deviation: new Float64Array(width).fill(1) };
  if (scale.mean.length === width && scale.deviation.length === width) return scale;
  throw new RangeError(`linearProbe: scale must have ${width} features, got ${scale.mean.length}.`);
}

function standardised(features: Features, scale: FeatureScale): Float64Array {
  const width = scale.mean.length;
  return Float64Array.from(features.data, (value, index) => {
    const column = index % width;
    return (value - (scale.mean[column] as number)) / (scale.deviation[column] as number);
  });
}

function fold(at: Float64Array, scale: FeatureScale, width: number, classCount: number) {
  const weight = new Float32Array(classCount * width);
  const bias = new Float32Array(classCount);
  for (let label = 0; label < classCount; label++) {
    let offset = at[label * (width + 1) + width] as number;
    for (let column = 0; column < width; column++) {
      const scaled = (at[label * (width + 1) + column] as number) / (scale.deviation[column] as number);
      weight[label * width + column] = scaled;
      offset -= scaled * (scale.mean[column] as number);
    }
    bias[label] = offset;
  }
  return { weight, bias };
}
