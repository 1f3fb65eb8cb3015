import { type FeatureScale, type Features, scaleFor, sizeOf, standardised } from './features.js';
import { momentsOf, ridgeSolver } from './moments.js';
import { rowSpace } from './row-space.js';

/** What {@link ridgeProbes} takes besides features and targets. */
export interface RidgeProbeOptions {
  /** Strengths of the penalty l2 · ‖w‖² against the summed squared error, each > 0; sklearn's alpha. */
  l2: readonly number[];
  /** Centre and spread to standardise by: 'rows' takes them from these features. Default 'rows'. */
  scale?: FeatureScale | 'rows' | 'none';
}

/** A fitted ridge regression: target = features · weight + bias, the standardisation folded in. */
export interface RidgeProbe {
  l2: number;
  /** [featureCount] */
  weight: Float64Array;
  bias: number;
  featureCount: number;
}

/**
 * Ridge regressions on the features of a frozen encoder, one for each l2, in closed form and float64 on the host.
 *
 * The products of the features are summed once; each further l2 costs one solution of min(rows, features)
 * equations.
 *
 * @param features - [exampleCount, featureCount], on the host
 * @param targets - one finite number a row
 * @returns one probe for each l2, in the given order
 * @throws RangeError for features or targets that are not finite, or an l2 that is not positive
 * @see Hoerl & Kennard 1970; `sklearn.linear_model.Ridge`
 * @example
 * const [weak, strong] = ridgeProbes({ data: [1, 2, 3, 4], shape: [4, 1] }, [2, 4, 6, 8], { l2: [1e-6, 10] });
 * ridgePredictions(weak, { data: [5], shape: [1, 1] }); // about [10]
 */
export function ridgeProbes(
  features: Features,
  targets: ArrayLike<number>,
  options: RidgeProbeOptions,
): RidgeProbe[] {
  const { rows, width } = sizeOf('ridgeProbes', features);
  checkTargets('ridgeProbes', targets, rows);
  checkPath('ridgeProbes', options.l2);
  const scale = scaleFor('ridgeProbes', options.scale ?? 'rows', features, width);
  const inputs = standardised(features, scale);
  const centre = subtractCentre(inputs, width);
  const space = rowSpace(inputs, rows, width);
  const solve = ridgeSolver(momentsOf(space.inputs, space.width, targets, Array(rows).keys()));
  return options.l2.map((l2) => {
    const { weights, bias } = solve(l2);
    const weight = space.expand(weights).map((value, column) => value / (scale.deviation[column] as number));
    const shift = weight.reduce((sum, value, column) => {
      const middle =
        (scale.mean[column] as number) + (scale.deviation[column] as number) * at(centre, column);
      return sum + value * middle;
    }, 0);
    return { l2, weight, bias: bias - shift, featureCount: width };
  });
}

/**
 * What a ridge regression predicts, one number a row.
 *
 * @throws RangeError if the features have another number of columns than the probe
 */
export function ridgePredictions(probe: RidgeProbe, features: Features): Float64Array {
  const { rows, width } = sizeOf('ridgePredictions', features);
  if (width !== probe.featureCount) {
    throw new RangeError(`ridgePredictions: features must have ${probe.featureCount} columns, got ${width}.`);
  }
  const predictions = new Float64Array(rows).fill(probe.bias);
  for (let index = 0; index < rows * width; index++) {
    const row = Math.floor(index / width);
    predictions[row] = at(predictions, row) + at(probe.weight, index % width) * at(features.data, index);
  }
  return predictions;
}

/** @throws RangeError unless there is one finite target a row */
export function checkTargets(name: string, targets: ArrayLike<number>, rows: number): void {
  if (targets.length !== rows) {
    throw new RangeError(`${name}: targets must be one a row (${rows}), got ${targets.length}.`);
  }
  for (let row = 0; row < rows; row++) {
    if (Number.isFinite(targets[row])) continue;
    throw new RangeError(`${name}: targets must be finite, got ${targets[row]} in row ${row}.`);
  }
}

/** @throws RangeError unless there is at least one l2 and each is positive */
export function checkPath(name: string, l2: readonly number[]): void {
  const wrong = l2.find((value) => !(value > 0 && value < Number.POSITIVE_INFINITY));
  if (l2.length > 0 && wrong === undefined) return;
  const came = l2.length === 0 ? 'none' : String(wrong);
  throw new RangeError(`${name}: l2 must be a list of positive finite numbers, got ${came}.`);
}

/** Subtracts each column's mean over the rows, in place, and returns the means. */
function subtractCentre(inputs: Float64Array, width: number): Float64Array {
  const rows = inputs.length / width;
  const centre = new Float64Array(width);
  for (let index = 0; index < inputs.length; index++) {
    centre[index % width] = at(centre, index % width) + at(inputs, index) / rows;
  }
  for (let index = 0; index < inputs.length; index++) {
    inputs[index] = at(inputs, index) - at(centre, index % width);
  }
  return centre;
}

/** Element of an array whose length was checked. */
function at(values: ArrayLike<number>, index: number): number {
  return values[index] as number;
}
