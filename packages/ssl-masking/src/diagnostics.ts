/** Whether features still tell examples apart. */
export interface CollapseReport {
  /** Mean over features of the standard deviation of unit-length examples, times √features: about 1 when healthy, 0 collapsed. */
  spread: number;
  /** (Σλ)² / Σλ² over the eigenvalues of the covariance: in how many directions examples vary, 1 … features. */
  effectiveRank: number;
  /** Features that never vary, such as dead units. */
  constantFeatures: number;
}

/**
 * Signs of collapse in an encoder's features. Reconstruction loss does not show it.
 *
 * @param features - [rows × width] on the host, at least 2 rows
 * @throws RangeError for fewer rows, or values that are not finite
 * @see Chen & He 2020, arXiv 2011.10566 §4.1 (standard deviation of normalised outputs)
 */
export function collapseReport(
  features: ArrayLike<number>,
  shape: readonly [number, number],
): CollapseReport {
  const [rows, width] = shape;
  if (rows < 2 || features.length !== rows * width) {
    throw new RangeError(
      `collapseReport: features must be [at least 2, width], got [${shape}] with ${features.length} numbers.`,
    );
  }
  const values = Float64Array.from(features);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `collapseReport: features must be finite, got ${values[bad]} in row ${Math.floor(bad / width)}.`,
    );
  }
  const unit = values.slice();
  for (let row = 0; row < rows; row++) {
    const part = unit.subarray(row * width, (row + 1) * width);
    const length = Math.sqrt(part.reduce((sum, value) => sum + value * value, 0)) || 1;
    for (let column = 0; column < width; column++) part[column] = (part[column] as number) / length;
  }
  const deviations = columnVariances(unit, rows, width).map(Math.sqrt);
  const spread = (deviations.reduce((sum, value) => sum + value, 0) / width) * Math.sqrt(width);
  const variances = columnVariances(values, rows, width);
  const constantFeatures = variances.filter((variance) => variance < 1e-12).length;
  return { spread, effectiveRank: participation(values, rows, width), constantFeatures };
}

/**
 * Share of the error of always predicting the mean that a masked loss removes: 0 no better, 1 perfect,
 * negative worse. Measure both on the same fixed validation masks.
 */
export function skill(loss: number, meanPredictorLoss: number): number {
  return 1 - loss / meanPredictorLoss;
}

function columnVariances(values: Float64Array, rows: number, width: number): number[] {
  return Array.from({ length: width }, (_, column) => {
    let [mean, squares] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const value = values[row * width + column] as number;
      const offset = value - mean;
      mean += offset / (row + 1);
      squares += offset * (value - mean);
    }
    return squares / rows;
  });
}

/** trace(C)² / trace(C²), which needs no eigenvalues: both traces are sums over the covariance. */
function participation(values: Float64Array, rows: number, width: number): number {
  const centred = values.slice();
  for (let column = 0; column < width; column++) {
    let mean = 0;
    for (let row = 0; row < rows; row++) mean += (values[row * width + column] as number) / rows;
    for (let row = 0; row < rows; row++) {
      const place = row * width + column;
      centred[place] = (centred[place] as number) - mean;
    }
  }
  let [trace, traceOfSquare] = [0, 0];
  for (let left = 0; left < width; left++) {
    for (let right = left; right < width; right++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) {
        sum += (centred[row * width + left] as number) * (centred[row * width + right] as number);
      }
      if (left === right) trace += sum;
      traceOfSquare += (left === right ? 1 : 2) * sum * sum;
    }
  }
  // below that, what varies is rounding
  return trace / rows < 1e-12 * width ? 0 : (trace * trace) / traceOfSquare;
}
