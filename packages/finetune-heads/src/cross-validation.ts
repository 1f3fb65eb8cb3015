import type { Random } from '@warmstart/shapes';
import { type FeatureScale, type Features, scaleFor, sizeOf, standardised } from './features.js';
import { drawFolds, neverHeldOut } from './folds.js';
import { checkLabels, checkWeights } from './linear-probe.js';
import { momentsOf, ridgeSolver, without } from './moments.js';
import { checkPath, checkTargets } from './ridge-probe.js';
import { rowSpace } from './row-space.js';
import { affine, fitRegression, weightsByClass } from './softmax-regression.js';

/** How linear probes are cross-validated. */
export interface CrossValidationOptions {
  /** The strengths to compare, each > 0, as `linearProbe` and `ridgeProbes` take them. */
  l2: readonly number[];
  /** Default 5; fewer where there are fewer rows. */
  folds?: number;
  /** How often the folds are drawn anew. Default 1. */
  repeats?: number;
  /** Draws the folds. */
  random: Random;
  /** Centre and spread to standardise by: 'rows' takes them from all these features. Default 'rows'. */
  scale?: FeatureScale | 'rows' | 'none';
}

/** What models said of rows that they had not learned from. */
export interface CrossValidation {
  /** The rows that were held out, ascending: all but the only rows of their classes. */
  rows: Int32Array;
  /** For each l2 and each repeat, logits of [rows, classCount], or predictions of [rows]. */
  outputs: HeldOut[][];
}

/** Outputs of held-out rows, on the host; what the metrics of `@warmstart/training` take. */
export interface HeldOut {
  data: Float64Array;
  shape: number[];
}

/** The mean gradient's largest component at which a fold's fit stops: choosing needs no more. */
const tolerance = 1e-5;

/**
 * Logits of held-out rows by logistic regressions on the features of a frozen encoder, for each l2 of a path: what
 * is needed to choose l2, and a temperature, within the labelled rows.
 *
 * Folds are stratified. Where there are more features than rows, the rows are turned into as few coordinates as
 * there are rows; each fit starts from that of the next stronger l2.
 *
 * @param features - [exampleCount, featureCount], on the host
 * @param labels - class indices, one a row
 * @param options.classCount - default largest label + 1
 * @param options.sampleWeights - counts each example this often in the fits; default 1 each
 * @throws RangeError as `linearProbe`, or if every class has a single row
 * @see Kohavi 1995, A study of cross-validation and bootstrap for accuracy estimation and model selection
 * @example
 * const held = crossValidatedProbes(features, labels, { l2: [100, 10, 1, 0.1], repeats: 4, random });
 * const truth = Array.from(held.rows, (row) => labels[row]);
 * const losses = held.outputs.map((repeats) => repeats.map((logits) => logLoss(logits, truth)));
 */
export function crossValidatedProbes(
  features: Features,
  labels: ArrayLike<number>,
  options: CrossValidationOptions & { classCount?: number; sampleWeights?: ArrayLike<number> },
): CrossValidation {
  const name = 'crossValidatedProbes';
  const { rows } = sizeOf(name, features);
  const classCount = checkLabels(name, labels, rows, options.classCount);
  checkWeights(name, options.sampleWeights, rows);
  const weights = options.sampleWeights && Float64Array.from(options.sampleWeights);
  const { inputs, width } = coordinates(name, features, options);
  const fitFold: FitFold = (training, path) => {
    const fitted = gather(inputs, width, training);
    const sampleWeights = weights && gather(weights, 1, training);
    const classes = Int32Array.from(training, (row) => labels[row] as number);
    let start: Float64Array | undefined;
    return path.map((l2) => {
      const found = fitRegression(
        { inputs: fitted, width, labels: classes, classCount, sampleWeights },
        { l2, tolerance, maxIterations: 500, ...(start ? { start } : {}) },
      );
      start = found.at;
      const byClass = weightsByClass(found.at, classCount);
      return (row, output) => affine(byClass, output * (width + 1), inputs, row * width, width);
    });
  };
  return crossValidate(name, { rows, labels, outputCount: classCount, options, fitFold });
}

/**
 * Predictions for held-out rows by ridge regressions on the features of a frozen encoder, for each l2 of a path.
 *
 * The sums over all rows are taken once; a fold's own are subtracted from them.
 *
 * @param features - [exampleCount, featureCount], on the host
 * @param targets - one finite number a row
 * @throws RangeError as `ridgeProbes`
 */
export function crossValidatedRidge(
  features: Features,
  targets: ArrayLike<number>,
  options: CrossValidationOptions,
): CrossValidation {
  const name = 'crossValidatedRidge';
  const { rows } = sizeOf(name, features);
  checkTargets(name, targets, rows);
  const { inputs, width } = coordinates(name, features, options);
  const all = momentsOf(inputs, width, targets, Array(rows).keys());
  const fitFold: FitFold = (_, path, held) => {
    const solve = ridgeSolver(without(all, momentsOf(inputs, width, targets, held)));
    return path.map((l2) => {
      const { weights, bias } = solve(l2);
      const withBias = Float64Array.of(...weights, bias);
      return (row) => affine(withBias, 0, inputs, row * width, width);
    });
  };
  return crossValidate(name, { rows, outputCount: 1, options, fitFold });
}

/** Fits one fold for each l2, from strong to weak; each model gives one output of a row. */
type FitFold = (
  training: number[],
  path: number[],
  held: number[],
) => ((row: number, output: number) => number)[];

interface Study {
  rows: number;
  labels?: ArrayLike<number>;
  outputCount: number;
  options: CrossValidationOptions;
  fitFold: FitFold;
}

function crossValidate(name: string, study: Study): CrossValidation {
  const { rows, labels, options } = study;
  const { l2, repeats = 1, random } = options;
  checkPath(name, l2);
  if (!(Number.isInteger(repeats) && repeats >= 1)) {
    throw new RangeError(`${name}: repeats must be a whole number of at least 1, got ${repeats}.`);
  }
  const folds = Math.min(options.folds ?? 5, rows);
  const draws = Array.from({ length: repeats }, () =>
    drawFolds({ rows, folds, random, ...(labels ? { labels } : {}) }),
  );
  const heldOut = rowsWhere(draws[0] as Int32Array, (fold) => fold !== neverHeldOut); // repeats is at least 1
  if (heldOut.length === 0) {
    throw new RangeError(`${name}: no class has two rows, so none can be held out. Label more rows.`);
  }
  const byRepeat = draws.map((foldOf) => holdOutEach(study, foldOf, folds));
  const shape = study.labels ? [heldOut.length, study.outputCount] : [heldOut.length];
  const outputs = l2.map((_, index) =>
    byRepeat.map((results) => {
      const data = gather(results[index] as Float64Array, study.outputCount, heldOut); // one result for each l2
      return { data, shape };
    }),
  );
  return { rows: Int32Array.from(heldOut), outputs };
}

/** For each l2, outputs of [rows, outputCount], each row's by the models that did not learn from its fold. */
function holdOutEach(study: Study, foldOf: Int32Array, folds: number): Float64Array[] {
  const { rows, outputCount, fitFold } = study;
  const { l2 } = study.options;
  const strongFirst = [...l2.keys()].sort((left, right) => (l2[right] as number) - (l2[left] as number));
  const path = strongFirst.map((index) => l2[index] as number);
  const results = l2.map(() => new Float64Array(rows * outputCount));
  for (let fold = 0; fold < folds; fold++) {
    const held = rowsWhere(foldOf, (own) => own === fold);
    if (held.length === 0) continue;
    const models = fitFold(
      rowsWhere(foldOf, (own) => own !== fold),
      path,
      held,
    );
    models.forEach((model, order) => {
      const result = results[strongFirst[order] as number] as Float64Array; // models follow the path
      for (const row of held) {
        for (let output = 0; output < outputCount; output++) {
          result[row * outputCount + output] = model(row, output);
        }
      }
    });
  }
  return results;
}

function coordinates(name: string, features: Features, options: CrossValidationOptions) {
  const { rows, width } = sizeOf(name, features);
  const scale = scaleFor(name, options.scale ?? 'rows', features, width);
  return rowSpace(standardised(features, scale), rows, width);
}

function gather(values: Float64Array, width: number, rows: readonly number[]): Float64Array {
  const gathered = new Float64Array(rows.length * width);
  rows.forEach((row, index) => {
    gathered.set(values.subarray(row * width, (row + 1) * width), index * width);
  });
  return gathered;
}

function rowsWhere(foldOf: Int32Array, holds: (fold: number) => boolean): number[] {
  return [...foldOf.keys()].filter((row) => holds(foldOf[row] as number)); // keys are within
}
