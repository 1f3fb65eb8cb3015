import type { HostTensor } from '@warmstart/shapes';
import { checkClassOf, widthOf } from './metrics.js';

/**
 * How far the confidence of predictions is from how often they are right: rows are sorted into bins by the
 * probability of their predicted class, and the gaps between mean confidence and accuracy averaged over the bins,
 * each weighed by its rows. 0 is perfectly calibrated.
 *
 * Few rows per bin make it larger by chance alone; compare models on the same rows.
 *
 * @param outputs - logits of [exampleCount, classCount]; or [exampleCount] or [exampleCount, 1] logits of class 1
 * @param labels - class indices
 * @param options.bins - of equal width, open below and closed above; default 15
 * @throws RangeError for a label that is not a class, or bins that are not a positive whole number
 * @see Guo et al. 2017, On Calibration of Modern Neural Networks, arXiv 1706.04599 §2
 */
export function expectedCalibrationError(
  outputs: HostTensor,
  labels: ArrayLike<number>,
  options: { bins?: number } = {},
): number {
  const { bins = 15 } = options;
  if (!(Number.isInteger(bins) && bins >= 1)) {
    throw new RangeError(`expectedCalibrationError: bins must be a positive whole number, got ${bins}.`);
  }
  const width = widthOf(outputs, labels, 'expectedCalibrationError');
  const gaps = new Float64Array(bins);
  for (let row = 0; row < labels.length; row++) {
    checkClassOf('expectedCalibrationError', labels, row, Math.max(2, width));
    const { label, confidence } = predictionOf(outputs.data, row, width);
    const bin = Math.max(0, Math.ceil(confidence * bins) - 1);
    gaps[bin] = (gaps[bin] as number) + (label === labels[row] ? 1 : 0) - confidence;
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / labels.length;
}

/** The most probable class of a row and its probability. */
function predictionOf(data: ArrayLike<number>, row: number, width: number) {
  if (width === 1) {
    const logit = data[row] as number;
    return { label: logit > 0 ? 1 : 0, confidence: 1 / (1 + Math.exp(-Math.abs(logit))) };
  }
  let label = 0;
  for (let other = 1; other < width; other++) {
    if ((data[row * width + other] as number) > (data[row * width + label] as number)) label = other;
  }
  let sum = 0;
  for (let other = 0; other < width; other++) {
    sum += Math.exp((data[row * width + other] as number) - (data[row * width + label] as number));
  }
  return { label, confidence: 1 / sum };
}
