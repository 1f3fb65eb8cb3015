import type { Batch, Columns, Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import { DatasetError } from '../errors.js';
import type { CellReadOptions, CellSource, NumberBlock } from './cells.js';
import type { Table, TableColumn } from './table.js';
import { columnsByUse } from './table.js';
import type { TableOptions } from './table-options.js';

const mostClasses = 10_000;

/**
 * What `describeTable` tells, straight from bytes and many times as fast, of a table that holds numbers only;
 * undefined of any other table, and where the options ask for what is not there.
 */
export async function describeNumbers(
  cells: CellSource,
  options: TableOptions,
  reading: CellReadOptions,
): Promise<Table | undefined> {
  if (cells.numbers === undefined || !areForNumbers(options)) return undefined;
  try {
    return await scanNumbers(cells.numbers(reading), options);
  } catch (error) {
    if (error instanceof DatasetError) return undefined; // whoever reads it as text will say what is wrong
    throw error;
  }
}

function areForNumbers({ types = {}, classNames = [], missingValues = [] }: TableOptions): boolean {
  return (
    Object.values(types).every((type) => type === 'number' || type === 'ignore') &&
    classNames.every((name) => String(Number(name)) === name) &&
    !missingValues.some((word) => /\d/.test(word))
  );
}

async function scanNumbers(
  blocks: AsyncIterable<NumberBlock>,
  options: TableOptions,
): Promise<Table | undefined> {
  const { label, target, types = {} } = options;
  let names: readonly string[] = [];
  let [sums, mins, maxs] = [new Float64Array(0), new Float64Array(0), new Float64Array(0)];
  const classes = new Set<number>();
  let rowCount = 0;
  for await (const block of blocks) {
    const { values } = block;
    const width = block.names.length;
    if (rowCount === 0) {
      names = block.names;
      sums = new Float64Array(width);
      mins = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
      maxs = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
    }
    for (let at = 0, column = 0; at < values.length; at++) {
      const value = values[at] as number;
      sums[column] = (sums[column] as number) + value;
      if (value < (mins[column] as number)) mins[column] = value;
      if (value > (maxs[column] as number)) maxs[column] = value;
      if (++column === width) column = 0;
    }
    const labelAt = label === undefined ? -1 : names.indexOf(label);
    if (labelAt >= 0)
      for (let at = labelAt; at < values.length; at += width) classes.add(values[at] as number);
    if (classes.size > mostClasses) return undefined;
    rowCount += block.rowCount;
  }
  const asked = [label, target, ...Object.keys(types)].filter((name) => name !== undefined);
  if (rowCount === 0 || !asked.every((name) => names.includes(name))) return undefined;
  const found = [...classes].sort((a, b) => a - b).map(String);
  if (!found.every((name) => options.classNames?.includes(name) ?? true)) return undefined;
  const columns = names.map((name, at) =>
    describeColumn(name, options, found, {
      mean: (sums[at] as number) / rowCount,
      min: mins[at] as number,
      max: maxs[at] as number,
    }),
  );
  return { rowCount, columns };
}

function describeColumn(
  name: string,
  { label, target, types = {}, classNames }: TableOptions,
  found: readonly string[],
  values: { mean: number; min: number; max: number },
): TableColumn {
  const role = name === label ? 'label' : name === target ? 'target' : 'feature';
  const about = { name, role, missing: 0, stated: Object.hasOwn(types, name) } as const;
  if (role === 'label') return { ...about, type: 'category', classNames: classNames ?? found };
  if (role === 'feature' && types[name] === 'ignore') return { ...about, type: 'ignore' };
  return { ...about, type: 'number', ...values };
}

/** The rows of a table that `describeNumbers` described. */
export async function* numberBatches(
  blocks: AsyncIterable<NumberBlock>,
  table: Table,
  schema: Schema,
): AsyncGenerator<Batch<Columns>, void, undefined> {
  const { numbers, label, target } = columnsByUse(table);
  const at = ({ name }: TableColumn) => table.columns.findIndex((column) => column.name === name);
  const places = numbers.map(at);
  const indexes = new Map((label?.classNames ?? []).map((name, index) => [Number(name), index]));
  for await (const { values, rowCount } of blocks) {
    const width = table.columns.length;
    const column = (place: number) =>
      Float64Array.from({ length: rowCount }, (_, row) => values[row * width + place] as number);
    const columns: Columns = {};
    if (places.length > 0)
      columns.features = gather(values, places, { width, rowCount, dtype: schema.features?.dtype });
    if (label !== undefined)
      columns.label = Int32Array.from(column(at(label)), (value) => indexes.get(value) ?? -1);
    if (target !== undefined)
      columns.target =
        schema.target?.dtype === 'float64' ? column(at(target)) : Float32Array.from(column(at(target)));
    yield assembleBatch(schema, columns, rowCount);
  }
}

function gather(
  values: Float64Array,
  places: readonly number[],
  { width, rowCount, dtype }: { width: number; rowCount: number; dtype: string | undefined },
): Float32Array | Float64Array {
  const length = rowCount * places.length;
  const features = dtype === 'float64' ? new Float64Array(length) : new Float32Array(length);
  for (let row = 0, to = 0; row < rowCount; row++) {
    const from = row * width;
    for (const place of places) features[to++] = values[from + place] as number;
  }
  return features;
}
