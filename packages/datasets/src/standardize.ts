import type { Columns } from './columns.js';
import { rowWidth } from './columns.js';
import type { Dataset } from './dataset.js';
import type { MapBatch } from './stages/map.js';

export interface Standardizer<C extends Columns> extends MapBatch<C, C> {
  /** Of each feature, over the rows it was fitted on. */
  readonly mean: Float64Array;
  /** Of each feature, dividing by the number of rows; 1 where a feature never varies. */
  readonly deviation: Float64Array;
}

/**
 * Learns each feature's mean and deviation, and gives the change that makes them 0 and 1, for `Dataset.map`.
 * Fit it on the training rows only and map every part with it. Missing values (NaN) do not count and stay missing.
 *
 * @param column - a float32 or float64 column; default `features`
 * @returns a change whose `mean` and `deviation` can be kept: {@link standardizer} makes it again from them
 * @throws TypeError if there is no such column; RangeError if there are no rows
 * @see Welford 1962, on computing the variance in one pass
 * @example
 * const scale = await standardize(train);
 * for await (const { columns } of train.map(scale).batch(32)) console.log(columns.features);
 */
export async function standardize<C extends Columns>(
  train: Dataset<C>,
  column: keyof C & string = 'features',
): Promise<Standardizer<C>> {
  const info = train.schema[column];
  if (info?.dtype !== 'float32' && info?.dtype !== 'float64') {
    throw new TypeError(
      `standardize: column must be float32 or float64, got "${column}" of ${info?.dtype ?? 'nothing'}.`,
    );
  }
  const width = rowWidth(info);
  const known = new Float64Array(width);
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  let rowCount = 0;
  for await (const batch of train) {
    const values = batch.columns[column] as Float32Array | Float64Array; // the schema said so
    rowCount += batch.rowCount;
    for (let at = 0, feature = 0; at < values.length; at++) {
      const value = values[at] as number;
      if (!Number.isNaN(value)) {
        known[feature] = (known[feature] as number) + 1;
        const offset = value - (mean[feature] as number);
        mean[feature] = (mean[feature] as number) + offset / (known[feature] as number);
        squares[feature] = (squares[feature] as number) + offset * (value - (mean[feature] as number));
      }
      feature = feature + 1 === width ? 0 : feature + 1;
    }
  }
  if (rowCount === 0) throw new RangeError('standardize: at least one row is needed, got none.');
  const deviation = squares.map((sum, feature) => Math.sqrt(sum / (known[feature] || 1)) || 1);
  return standardizer({ mean, deviation, column });
}

/**
 * The change that {@link standardize} gave, made again from its numbers, which plain JSON keeps.
 *
 * @param parts.mean - of each feature
 * @param parts.deviation - of each feature, above 0
 * @throws RangeError if they are not as many, or not numbers a value can be divided by
 * @example
 * const saved = { mean: [...scale.mean], deviation: [...scale.deviation] };
 * const again = standardizer(saved);
 */
export function standardizer<C extends Columns>({
  mean: means,
  deviation: deviations,
  column = 'features',
}: {
  readonly mean: ArrayLike<number>;
  readonly deviation: ArrayLike<number>;
  readonly column?: keyof C & string;
}): Standardizer<C> {
  const [mean, deviation] = [Float64Array.from(means), Float64Array.from(deviations)];
  const width = mean.length;
  if (deviation.length !== width || !deviation.every((one) => one > 0) || !mean.every(Number.isFinite)) {
    throw new RangeError(
      `standardizer: every feature needs a mean and a deviation above 0, got ${width} means and ${deviation.length} deviations.`,
    );
  }
  const change: MapBatch<C, C> = (batch) => {
    const values = (batch.columns[column] as Float32Array).slice();
    if (values.length !== batch.rowCount * width) {
      throw new RangeError(
        `standardizer: "${column}" must hold ${width} features a row, got ${values.length / batch.rowCount}.`,
      );
    }
    for (let i = 0, feature = 0; i < values.length; i++) {
      values[i] = ((values[i] as number) - (mean[feature] as number)) / (deviation[feature] as number);
      feature = feature + 1 === width ? 0 : feature + 1;
    }
    return { ...batch.columns, [column]: values };
  };
  return Object.assign(change, { mean, deviation });
}
