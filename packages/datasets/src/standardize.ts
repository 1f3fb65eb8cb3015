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
 * Fit it on the training rows only and map every part with it.
 *
 * @param column - a float32 column; default `features`
 * @throws TypeError if there is no such float32 column; RangeError if there are no rows
 * @see Welford 1962, on computing the variance in one pass
 */
export async function standardize<C extends Columns>(
  train: Dataset<C>,
  column: keyof C & string = 'features',
): Promise<Standardizer<C>> {
  const info = train.schema[column];
  if (info?.dtype !== 'float32') {
    throw new TypeError(
      `standardize: column must be float32, got "${column}" of ${info?.dtype ?? 'nothing'}.`,
    );
  }
  const width = rowWidth(info);
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  let rowCount = 0;
  for await (const batch of train) {
    const values = batch.columns[column] as Float32Array; // the schema said float32
    for (let start = 0; start < values.length; start += width) {
      rowCount++;
      for (let feature = 0; feature < width; feature++) {
        const offset = (values[start + feature] as number) - (mean[feature] as number);
        mean[feature] = (mean[feature] as number) + offset / rowCount;
        const left = (values[start + feature] as number) - (mean[feature] as number);
        squares[feature] = (squares[feature] as number) + offset * left;
      }
    }
  }
  if (rowCount === 0) throw new RangeError('standardize: at least one row is needed, got none.');
  const deviation = squares.map((sum) => Math.sqrt(sum / rowCount) || 1);
  const change: MapBatch<C, C> = (batch) => {
    const values = (batch.columns[column] as Float32Array).slice();
    for (let i = 0, feature = 0; i < values.length; i++) {
      values[i] = ((values[i] as number) - (mean[feature] as number)) / (deviation[feature] as number);
      feature = feature + 1 === width ? 0 : feature + 1;
    }
    return { ...batch.columns, [column]: values };
  };
  return Object.assign(change, { mean, deviation });
}
