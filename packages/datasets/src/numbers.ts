import type { ColumnInfo, Columns, Schema } from './columns.js';
import { rowWidth } from './columns.js';
import type { MapBatch, MapOptions } from './stages/map.js';

type NumberMap = [MapBatch<Columns, Columns>, MapOptions<Columns, Columns>];

function onNumbers(
  name: string,
  column: string,
  change: (values: Float32Array | Float64Array, width: number) => Float32Array,
): NumberMap {
  const map: MapBatch<Columns, Columns> = (batch) => {
    const values = batch.columns[column];
    if (!(values instanceof Float32Array || values instanceof Float64Array)) {
      throw new TypeError(`${name}: the column "${column}" must hold float32 or float64 numbers.`);
    }
    return { ...batch.columns, [column]: change(values, values.length / batch.rowCount) };
  };
  const schema = (old: Schema) => ({
    ...old,
    [column]: { ...old[column], dtype: 'float32', shape: old[column]?.shape ?? [] } as const,
  });
  return [map, { schema }];
}

/** log(1 + x) of every number, for `dataset.map(...log1p())`. */
export function log1p(column = 'features'): NumberMap {
  return onNumbers('log1p', column, (values) => Float32Array.from(values, Math.log1p));
}

/** Each row scaled to a sum of one million: counts per million. A row of zeros stays as it is. */
export function countsPerMillion(column = 'features'): NumberMap {
  return onNumbers('countsPerMillion', column, (values, width) => {
    const scaled = new Float32Array(values.length);
    for (let start = 0; start < values.length; start += width) {
      let sum = 0;
      for (let i = start; i < start + width; i++) sum += values[i] as number;
      for (let i = start; i < start + width; i++)
        scaled[i] = sum === 0 ? 0 : ((values[i] as number) / sum) * 1e6;
    }
    return scaled;
  });
}

/**
 * A class column as float32 [rows, classes], 1 in the class and 0 elsewhere, for `dataset.map(...oneHot('label'))`.
 * A row without a class (−1) is all zeros.
 */
export function oneHot(column: string, into = `${column}OneHot`): NumberMap {
  const classesOf = (info: ColumnInfo | undefined): readonly string[] => {
    if (info?.classNames !== undefined && rowWidth(info) === 1) return info.classNames;
    throw new TypeError(`oneHot: the column "${column}" must hold classes.`);
  };
  let classCount = 0;
  const map: MapBatch<Columns, Columns> = (batch) => {
    const labels = batch.columns[column] as Int32Array; // classesOf checked the schema
    const encoded = new Float32Array(labels.length * classCount);
    labels.forEach((label, row) => {
      if (label >= 0) encoded[row * classCount + label] = 1;
    });
    return { ...batch.columns, [into]: encoded };
  };
  const schema = (old: Schema) => {
    const names = classesOf(old[column]);
    classCount = names.length;
    return { ...old, [into]: { dtype: 'float32', shape: [classCount], names, derivedFrom: column } as const };
  };
  return [map, { schema }];
}
