/** A mean with its 95 % interval. */
export interface Interval {
  mean: number;
  low: number;
  high: number;
}

/**
 * Mean and 95 % t-interval of independent values; with a single one the interval is unbounded.
 *
 * @see Student 1908; from 5 degrees of freedom on the quantile is Abramowitz and Stegun 26.7.5, within 0.002
 */
export function meanInterval(values: readonly number[]): Interval {
  const mean = average(values);
  const freedom = values.length - 1;
  if (freedom < 1) return { mean, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / freedom;
  const margin = quantile975(freedom) * Math.sqrt(variance / values.length);
  return { mean, low: mean - margin, high: mean + margin };
}

export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** 0.975 quantile of Student's t. */
function quantile975(freedom: number): number {
  const exact = [12.7062, 4.30265, 3.18245, 2.77645][freedom - 1];
  if (exact !== undefined) return exact;
  const z = 1.959963984540054;
  const corrections = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ];
  return corrections.reduce((quantile, term, power) => quantile + term / freedom ** (power + 1), z);
}
