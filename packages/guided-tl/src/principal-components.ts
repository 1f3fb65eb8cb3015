import type { Random } from '@warmstart/shapes';

/** Rows of numbers, row after row. */
export interface FeatureRows {
  /** [rows, columns] */
  shape: readonly [number, number];
  data: Float32Array | Float64Array;
}

/**
 * Rows in the directions in which they vary most, by subspace iteration; deterministic given `random`.
 * Columns are centred and divided by their standard deviation first; constant ones are left out.
 *
 * @param components - directions wanted; fewer come back if there are fewer columns that vary
 * @returns float64 [rows, components], variances falling
 * @see Halko, Martinsson & Tropp 2011, Finding structure with randomness, arXiv 0909.4061
 */
export function principalComponents(
  features: FeatureRows,
  components: number,
  random: Random,
): Required<FeatureRows> {
  const [rows] = features.shape;
  const { data, columns } = standardised(features);
  const wanted = Math.min(components, columns);
  let basis = orthonormal(
    Float64Array.from({ length: columns * wanted }, () => random() - 0.5),
    columns,
    wanted,
  );
  // each pass multiplies by the covariance; the gap between directions grows with its power
  for (let pass = 0; pass < 8; pass++) {
    const projected = product(data, basis, rows, columns, wanted);
    basis = orthonormal(transposedProduct(data, projected, rows, columns, wanted), columns, wanted);
  }
  return { shape: [rows, wanted], data: product(data, basis, rows, columns, wanted) };
}

function standardised({ shape: [rows, columns], data }: FeatureRows): {
  data: Float64Array;
  columns: number;
} {
  const means = new Float64Array(columns);
  const squares = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = data[row * columns + column] ?? 0;
      const delta = value - (means[column] ?? 0);
      const mean = (means[column] ?? 0) + delta / (row + 1);
      means[column] = mean;
      squares[column] = (squares[column] ?? 0) + delta * (value - mean);
    }
  }
  const kept = [...means.keys()].filter(
    (column) => (squares[column] ?? 0) > 1e-12 * (1 + (means[column] ?? 0) ** 2),
  );
  const result = new Float64Array(rows * kept.length);
  kept.forEach((column, at) => {
    const mean = means[column] ?? 0;
    const deviation = Math.sqrt((squares[column] ?? 0) / rows);
    for (let row = 0; row < rows; row++) {
      result[row * kept.length + at] = ((data[row * columns + column] ?? 0) - mean) / deviation;
    }
  });
  return { data: result, columns: kept.length };
}

/** [rows, inner] × [inner, width] */
function product(
  left: Float64Array,
  right: Float64Array,
  rows: number,
  inner: number,
  width: number,
): Float64Array {
  const result = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < inner; k++) {
      const value = left[row * inner + k] ?? 0;
      for (let j = 0; j < width; j++)
        result[row * width + j] = (result[row * width + j] ?? 0) + value * (right[k * width + j] ?? 0);
    }
  }
  return result;
}

/** [rows, inner]ᵀ × [rows, width] */
function transposedProduct(
  left: Float64Array,
  right: Float64Array,
  rows: number,
  inner: number,
  width: number,
): Float64Array {
  const result = new Float64Array(inner * width);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < inner; k++) {
      const value = left[row * inner + k] ?? 0;
      for (let j = 0; j < width; j++)
        result[k * width + j] = (result[k * width + j] ?? 0) + value * (right[row * width + j] ?? 0);
    }
  }
  return result;
}

/** Columns made orthonormal one after the other (modified Gram-Schmidt, twice); a dependent one becomes zeros. */
function orthonormal(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const dot = (a: number, b: number): number => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += (matrix[i * columns + a] ?? 0) * (matrix[i * columns + b] ?? 0);
    return sum;
  };
  for (let column = 0; column < columns; column++) {
    for (let earlier = 0; earlier < 2 * column; earlier++) {
      const other = earlier % column;
      const along = dot(column, other);
      for (let i = 0; i < rows; i++) {
        matrix[i * columns + column] =
          (matrix[i * columns + column] ?? 0) - along * (matrix[i * columns + other] ?? 0);
      }
    }
    const length = Math.sqrt(dot(column, column));
    for (let i = 0; i < rows; i++) {
      matrix[i * columns + column] = length > 1e-12 ? (matrix[i * columns + column] ?? 0) / length : 0;
    }
  }
  return matrix;
}
