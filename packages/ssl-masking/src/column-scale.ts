/** How far a column varies in the training rows. */
export interface ColumnScale {
  mean: Float32Array;
  /** Population variance; 0 where a column is constant. */
  variance: Float32Array;
  /** Columns that never vary: nothing to rebuild; left out of the loss. */
  constant: number[];
  /** 1 / variance, and 0 for constant columns: give it to `maskedLoss` as `weights`, as a tensor. */
  weights: Float32Array;
}

/**
 * Mean and variance of each column over the training rows, so that every column counts alike in the loss,
 * whatever its unit: errors are measured in training variances, never in those of a batch, which may be 0.
 *
 * @param values - [rows × columns]; NaN is missing and not counted
 * @throws RangeError if every column is constant
 */
export function columnScale(values: ArrayLike<number>, shape: readonly [number, number]): ColumnScale {
  const [rows, columns] = shape;
  const mean = new Float32Array(columns);
  const variance = new Float32Array(columns);
  for (let column = 0; column < columns; column++) {
    let [count, centre, squares] = [0, 0, 0];
    for (let row = 0; row < rows; row++) {
      const value = values[row * columns + column] as number; // values are rows × columns
      if (Number.isNaN(value)) continue;
      count++;
      const offset = value - centre;
      centre += offset / count;
      squares += offset * (value - centre);
    }
    mean[column] = centre;
    variance[column] = count > 0 ? squares / count : 0;
  }
  const constant = [...variance.keys()].filter((column) => (variance[column] as number) < 1e-12);
  if (constant.length === columns) {
    throw new RangeError(
      `columnScale: at least one of ${columns} columns must vary, got only constant ones.`,
    );
  }
  const weights = variance.map((value) => (value < 1e-12 ? 0 : 1 / value));
  return { mean, variance, constant, weights };
}
