/** A mean with its 95 % interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Mean and 95 % t-interval of independent values.
 *
 * @param values - at least one; with a single one the interval is unbounded
 * @see Student 1908; the quantile is Abramowitz and Stegun 26.7.5, within 0.002 from 5 degrees of freedom on
 */
export function meanInterval(values: readonly number[]): Interval {
  if (values.length === 0) throw new RangeError('meanInterval: at least one value is needed, got none.');
  const mean = average(values);
  const freedom = values.length - 1;
  if (freedom === 0) return { mean, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const margin = studentQuantile975(freedom) * Math.sqrt(varianceOf(values, mean) / values.length);
  return { mean, low: mean - margin, high: mean + margin };
}

/**
 * Mean and 95 % t-interval of what `values` gain over `reference`, pair by pair.
 *
 * @param values - one per draw
 * @param reference - as many, of the same draws in the same order
 */
export function pairedInterval(values: readonly number[], reference: readonly number[]): Interval {
  return meanInterval(differences('pairedInterval', values, reference));
}

/**
 * The chance of a difference at least as large if there were none: two-sided, of the paired t-test.
 *
 * @returns 1 where there are fewer than two pairs, or all differences are 0
 */
export function pairedTest(values: readonly number[], reference: readonly number[]): number {
  const gains = differences('pairedTest', values, reference);
  const freedom = gains.length - 1;
  if (freedom < 1) return 1;
  const mean = average(gains);
  const variance = varianceOf(gains, mean);
  if (variance === 0) return mean === 0 ? 1 : 0;
  const t = mean / Math.sqrt(variance / gains.length);
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/**
 * Chances corrected for how many were looked at: each times the number of those at least as large, none overtaking.
 *
 * @see Holm 1979
 */
export function holm(chances: readonly number[]): number[] {
  const order = chances.map((_, at) => at).sort((left, right) => at(chances, left) - at(chances, right));
  const corrected = new Array<number>(chances.length).fill(1);
  let largest = 0;
  order.forEach((place, rank) => {
    largest = Math.max(largest, Math.min(1, at(chances, place) * (chances.length - rank)));
    corrected[place] = largest;
  });
  return corrected;
}

/** The mean of values, of which there is at least one. */
export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function differences(caller: string, values: readonly number[], reference: readonly number[]): number[] {
  if (values.length !== reference.length) {
    throw new RangeError(
      `${caller}: both sides must have a value per draw, got ${values.length} and ${reference.length}.`,
    );
  }
  return values.map((value, draw) => value - at(reference, draw));
}

function varianceOf(values: readonly number[], mean: number): number {
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

/** 0.975 quantile of Student's t. */
function studentQuantile975(freedom: number): number {
  const exact = [12.7062, 4.30265, 3.18245, 2.77645][freedom - 1];
  if (exact !== undefined) return exact;
  const z = 1.959963984540054;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ];
  return terms.reduce((quantile, term, power) => quantile + term / freedom ** (power + 1), z);
}

/** The regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun 26.5.8; Lentz 1976). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x));
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 300; m++) {
    for (const numerator of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / nonZero(1 + numerator * d);
      c = nonZero(1 + numerator / c);
      fraction *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-14) break;
  }
  return (front * fraction) / a;

  function nonZero(value: number): number {
    return Math.abs(value) < tiny ? tiny : value;
  }
}

/** Stirling's series after shifting the argument above 10; within 1e-13. */
function logGamma(value: number): number {
  let shift = 0;
  let z = value;
  while (z < 10) shift -= Math.log(z++);
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5) - 1 / (1680 * z ** 7);
  return shift + (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series;
}

function at(values: readonly number[], index: number): number {
  return values[index] as number; // indices come from the same list
}
