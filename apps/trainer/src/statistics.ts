/** A mean with its 95 % interval. */
export interface Interval {
  mean: number;
  low: number;
  high: number;
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
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / freedom;
  const margin = studentQuantile975(freedom) * Math.sqrt(variance / values.length);
  return { mean, low: mean - margin, high: mean + margin };
}

/**
 * Mean and 95 % t-interval of what `values` gain over `reference`, pair by pair.
 *
 * @param values - one per draw
 * @param reference - as many, of the same draws in the same order
 */
export function pairedInterval(values: readonly number[], reference: readonly number[]): Interval {
  if (values.length !== reference.length) {
    throw new RangeError(
      `pairedInterval: both sides must have a value per draw, got ${values.length} and ${reference.length}.`,
    );
  }
  return meanInterval(values.map((value, draw) => value - (reference[draw] ?? Number.NaN)));
}

export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** 0.975 quantile of Student's t with `freedom` degrees of freedom. */
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
