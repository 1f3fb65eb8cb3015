/** Rows in coordinates of the space that they span. */
export interface RowSpace {
  /** [rowCount, width] */
  inputs: Float64Array;
  width: number;
  /** Weights of the rows' own columns, from weights of these coordinates. */
  expand(weights: Float64Array): Float64Array;
}

/**
 * Rows of many columns in at most as many coordinates as there are rows. Products of rows, and with them every
 * linear model penalised by ‖w‖², stay the same: 20 rows of 2,048 features are fitted as 20 rows of 20.
 *
 * The coordinates are the Cholesky factor of the rows' products X·Xᵀ, pivoted, so rows that depend on others add
 * none.
 *
 * @param inputs - [rowCount, width]; returned as it is where it has no more columns than rows
 * @see Hastie & Tibshirani 2004, Efficient quadratic regularization for expression arrays
 */
export function rowSpace(inputs: Float64Array, rowCount: number, width: number): RowSpace {
  if (width <= rowCount) return { inputs, width, expand: (weights) => weights };
  const remaining = Float64Array.from({ length: rowCount }, (_, row) =>
    product(inputs, row * width, inputs, row * width, width),
  );
  const smallest = 1e-13 * remaining.reduce((most, value) => Math.max(most, value), 0);
  const factor = new Float64Array(rowCount * rowCount);
  const pivots: number[] = [];
  for (let pivot = largest(remaining); (remaining[pivot] as number) > smallest; pivot = largest(remaining)) {
    addCoordinate({ inputs, width, factor, rowCount, remaining }, pivot, pivots.length);
    pivots.push(pivot);
    if (pivots.length === rowCount) break;
  }
  const rank = Math.max(1, pivots.length);
  return {
    inputs: packed(factor, rowCount, rank),
    width: rank,
    expand: (weights) => expandWeights(weights, { inputs, width, factor, rowCount, pivots }),
  };
}

interface Factor {
  inputs: Float64Array;
  width: number;
  /** [rowCount, rowCount], its first columns filled */
  factor: Float64Array;
  rowCount: number;
}

function addCoordinate(to: Factor & { remaining: Float64Array }, pivot: number, column: number): void {
  const { inputs, width, factor, rowCount, remaining } = to;
  const root = Math.sqrt(remaining[pivot] as number);
  for (let row = 0; row < rowCount; row++) {
    const whole = product(inputs, row * width, inputs, pivot * width, width);
    const known = product(factor, row * rowCount, factor, pivot * rowCount, column);
    const value = row === pivot ? root : (whole - known) / root;
    factor[row * rowCount + column] = value;
    remaining[row] = (remaining[row] as number) - value * value;
  }
  remaining[pivot] = 0;
}

/** w = Xₚᵀ·γ where Lₚᵀ·γ = weights. */
function expandWeights(weights: Float64Array, from: Factor & { pivots: number[] }): Float64Array {
  const { inputs, width, factor, rowCount, pivots } = from;
  const shares = weights.slice();
  const expanded = new Float64Array(width);
  for (let index = pivots.length - 1; index >= 0; index--) {
    const row = pivots[index] as number;
    const share = (shares[index] as number) / (factor[row * rowCount + index] as number);
    for (let before = 0; before < index; before++) {
      shares[before] = (shares[before] as number) - share * (factor[row * rowCount + before] as number);
    }
    for (let column = 0; column < width; column++) {
      expanded[column] = (expanded[column] as number) + share * (inputs[row * width + column] as number);
    }
  }
  return expanded;
}

function packed(factor: Float64Array, rowCount: number, rank: number): Float64Array {
  const inputs = new Float64Array(rowCount * rank);
  for (let row = 0; row < rowCount; row++) {
    inputs.set(factor.subarray(row * rowCount, row * rowCount + rank), row * rank);
  }
  return inputs;
}

function product(
  left: Float64Array,
  leftBegin: number,
  right: Float64Array,
  rightBegin: number,
  length: number,
): number {
  let sum = 0;
  for (let index = 0; index < length; index++) {
    sum += (left[leftBegin + index] as number) * (right[rightBegin + index] as number);
  }
  return sum;
}

function largest(values: Float64Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] as number) > (values[best] as number)) best = index;
  }
  return best;
}
