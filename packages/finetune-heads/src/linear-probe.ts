import * as tf from '@tensorflow/tfjs-core';
import { type FeatureScale, type Features, scaleFor, sizeOf, standardised } from './features.js';
import { rowSpace } from './row-space.js';
import { fitRegression, regressionLoss, weightsByClass } from './softmax-regression.js';

/** What {@link linearProbe} takes besides features and labels. */
export interface LinearProbeOptions {
  /**
   * Strength of the penalty l2 / 2 · ‖W‖² against the summed loss, > 0; sklearn's 1 / C, for two classes too: those
   * are fitted by one vector of weights, as binary logistic regression. Default 1.
   */
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
  checkWeights('linearProbe', sampleWeights, rows);
  const scale = scaleFor('linearProbe', options.scale ?? 'rows', features, width);
  const space = rowSpace(standardised(features, scale), rows, width);
  const problem = { inputs: space.inputs, labels, sampleWeights, width: space.width, classCount };
  const minimum = fitRegression(problem, { l2, tolerance, maxIterations });
  const loss = regressionLoss(problem, minimum.at);
  const byClass = weightsByClass(minimum.at, classCount);
  const weights = new Float64Array(classCount * width);
  const bias = new Float64Array(classCount);
  for (let label = 0; label < classCount; label++) {
    const own = byClass.subarray(label * (space.width + 1), (label + 1) * (space.width + 1));
    weights.set(space.expand(own.subarray(0, space.width)), label * width);
    bias[label] = own[space.width] as number;
  }
  const folded = fold(weights, bias, scale);
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
 * @throws RangeError for a label that is not a class, a row without one, or fewer than two classes
 */
export function checkLabels(
  name: string,
  labels: ArrayLike<number>,
  rows: number,
  classCount?: number,
): number {
  if (labels.length !== rows)
    throw new RangeError(`${name}: labels must be one a row (${rows}), got ${labels.length}.`);
  const classes = classCount ?? largestOf(labels) + 1;
  checkClasses(name, labels, classes, classCount === undefined ? 'whole numbers from 0' : undefined);
  if (new Set(Array.from(labels)).size < 2) {
    throw new RangeError(`${name}: labels must hold at least 2 classes, got only ${labels[0]}.`);
  }
  return classes;
}

/** @throws RangeError for a label that is not one of the classes */
export function checkClasses(
  name: string,
  labels: ArrayLike<number>,
  classCount: number,
  range = `classes 0 to ${classCount - 1}`,
): void {
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number;
    if (Number.isInteger(label) && label >= 0 && label < classCount) continue;
    throw new RangeError(`${name}: labels must be ${range}, got ${label} in row ${row}.`);
  }
}

/** @throws RangeError unless there is one finite weight a row, none negative */
export function checkWeights(name: string, weights: ArrayLike<number> | undefined, rows: number): void {
  if (!weights) return;
  if (weights.length !== rows) {
    throw new RangeError(`${name}: sampleWeights must be one a row (${rows}), got ${weights.length}.`);
  }
  for (let row = 0; row < rows; row++) {
    const weight = weights[row] as number;
    if (weight >= 0 && Number.isFinite(weight)) continue;
    throw new RangeError(
      `${name}: sampleWeights must be finite and at least 0, got ${weight} in row ${row}.`,
    );
  }
}

function largestOf(labels: ArrayLike<number>): number {
  let largest = 0;
  for (let row = 0; row < labels.length; row++) largest = Math.max(largest, labels[row] as number);
  return largest;
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

function fold(weights: Float64Array, bias: Float64Array, scale: FeatureScale) {
  const width = scale.mean.length;
  const weight = new Float32Array(weights.length);
  weights.forEach((value, index) => {
    const label = Math.floor(index / width);
    const scaled = value / (scale.deviation[index % width] as number);
    weight[index] = scaled;
    bias[label] = (bias[label] as number) - scaled * (scale.mean[index % width] as number);
  });
  return { weight, bias: Float32Array.from(bias) };
}
