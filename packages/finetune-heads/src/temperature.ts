import { type Features, sizeOf } from './features.js';
import { checkClasses } from './linear-probe.js';

/**
 * The temperature T at which softmax(logits / T) gives the least log loss: above 1 where a model is too sure of
 * itself, below 1 where it is too shy.
 *
 * Take the logits of rows that the model did not learn from, e.g. those of `crossValidatedProbes`. One number is
 * fitted, so the order of the classes stays as it is.
 *
 * @param logits - [exampleCount, classCount], on the host
 * @param labels - class indices, one a row
 * @param options.least - where the search begins, > 0; default 0.05
 * @param options.most - where it ends; default 100
 * @returns a temperature within the limits; 1 if the logits of each row are equal, so that none changes anything
 * @throws RangeError for logits that are not finite, labels that are not classes, or limits that are not ordered
 * @see Guo et al. 2017, On Calibration of Modern Neural Networks, arXiv 1706.04599
 * @example
 * const temperature = fitTemperature({ data: [4, 0, 4, 0, 4, 0], shape: [3, 2] }, [0, 0, 1]);
 * temperature; // 4 / log(2): two of three are right
 */
export function fitTemperature(
  logits: Features,
  labels: ArrayLike<number>,
  options: { least?: number; most?: number } = {},
): number {
  const { least = 0.05, most = 100 } = options;
  const { rows, width } = sizeOf('fitTemperature', logits);
  if (labels.length !== rows) {
    throw new RangeError(`fitTemperature: labels must be one a row (${rows}), got ${labels.length}.`);
  }
  checkClasses('fitTemperature', labels, width);
  if (!(least > 0 && most > least && most < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`fitTemperature: limits must be 0 < least < most, got ${least} and ${most}.`);
  }
  // convex in 1 / T, so its slope crosses zero once
  const slope = (temperature: number) => slopeAt(logits.data, labels, width, 1 / temperature);
  if (!differ(logits.data, width)) return 1;
  if (slope(most) >= 0) return most;
  if (slope(least) <= 0) return least;
  let [low, high] = [Math.log(least), Math.log(most)];
  for (let halving = 0; halving < 50; halving++) {
    const middle = (low + high) / 2;
    if (slope(Math.exp(middle)) > 0) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/** Derivative of the summed log loss of factor · logits by the factor. */
function slopeAt(data: ArrayLike<number>, labels: ArrayLike<number>, width: number, factor: number): number {
  let total = 0;
  for (let row = 0; row < labels.length; row++) {
    let top = Number.NEGATIVE_INFINITY;
    for (let label = 0; label < width; label++) top = Math.max(top, data[row * width + label] as number);
    let sum = 0;
    let expected = 0;
    for (let label = 0; label < width; label++) {
      const below = (data[row * width + label] as number) - top;
      const share = Math.exp(factor * below);
      sum += share;
      expected += share * below;
    }
    total += expected / sum - ((data[row * width + (labels[row] as number)] as number) - top);
  }
  return total;
}

function differ(data: ArrayLike<number>, width: number): boolean {
  for (let index = 0; index < data.length; index++) {
    if (data[index] !== data[index - (index % width)]) return true;
  }
  return false;
}
