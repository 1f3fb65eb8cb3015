import type { Batch, ColumnData, ColumnInfo, Columns, Schema } from './columns.js';
import { rowWidth } from './columns.js';
import type { Dataset } from './dataset.js';

/** One row as a plain object, for people to look at. */
export type DataRecord = Record<string, number | string | number[] | Uint8Array>;

/**
 * Rows one by one, as objects: named features under their own names, classes beside their `…Name`,
 * images and byte arrays as bytes, columns that only repeat another left out. Slow; batches are for learning.
 */
export async function* readRecords<C extends Columns>(
  dataset: Dataset<C>,
): AsyncGenerator<DataRecord, void, undefined> {
  for await (const batch of dataset) {
    for (let row = 0; row < batch.rowCount; row++) yield recordOf(dataset.schema, batch, row);
  }
}

function recordOf<C extends Columns>(schema: Schema<C>, batch: Batch<C>, row: number): DataRecord {
  const entries = Object.entries<ColumnInfo>(schema).flatMap(([name, info]) =>
    info.derivedFrom === undefined ? columnEntries(name, info, batch.columns[name] as ColumnData, row) : [],
  );
  return Object.fromEntries(entries); // defines keys such as __proto__, never sets them
}

type Entry = [string, DataRecord[string]];

function columnEntries(name: string, info: ColumnInfo, data: ColumnData, row: number): Entry[] {
  if (Array.isArray(data)) return [[name, data[row] as string | Uint8Array]];
  const number = (at: number) => {
    const value = data[at] as number;
    return info.dtype === 'float32' ? shortest(value) : value;
  };
  if (info.shape.length === 0) {
    const { classNames } = info;
    const value = number(row);
    return classNames === undefined
      ? [[name, value]]
      : [
          [name, value],
          [`${name}Name`, classNames[value] ?? ''],
        ];
  }
  const width = rowWidth(info);
  if (data instanceof Uint8Array) return [[name, data.slice(row * width, (row + 1) * width)]];
  const values = Array.from({ length: width }, (_, i) => number(row * width + i));
  return info.names === undefined
    ? [[name, values]]
    : info.names.map((feature, i) => [feature, values[i] as number]);
}

/** The shortest decimal that means the same float32: 0.64, not 0.6399999856948853. */
function shortest(value: number): number {
  if (Number.isInteger(value)) return value;
  for (let digits = 6; digits <= 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return value;
}
