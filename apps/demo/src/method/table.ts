import {
  type Batch,
  type Dataset,
  distinctRows,
  fromColumns,
  load,
  seededRandom,
  split,
} from '@warmstart/datasets';
import { readCsv } from './read-csv.js';
import type { Source } from './source.js';

/** Rows of numbers with a class each, or -1 where there are no classes. */
export interface Rows {
  /** [rowCount, width] */
  features: Float32Array;
  /** [rowCount] */
  labels: Int32Array;
  rowCount: number;
}

/** What a page shows of a table before anything is trained. */
export interface TableFacts {
  width: number;
  rows: number;
  distinctRows: number;
  trainRows: number;
  featureNames: readonly string[];
  classNames: readonly string[];
  /** features that are hidden together: 4 for one-hot nucleotides */
  groupSize: number;
  /** how a hidden feature is rebuilt */
  reconstruction: 'squared-error' | 'cross-entropy';
  /** what was done to the rows, as sentences */
  notes: string[];
  /** names of columns that could hold the classes; only of a CSV file */
  labelColumns: string[];
}

/** Distinct rows in three parts that share no row. */
export interface Table extends TableFacts {
  train: Rows;
  validation: Rows;
  test: Rows;
  /** standardises one new row as the training rows were */
  scale: (row: ArrayLike<number>) => Float32Array;
}

const clipAt = 8;

/**
 * Loads a source, drops repeated rows, divides it 60/20/20 by class, and scales numbers by the training rows, clipped
 * at 8 deviations.
 *
 * @throws Error in plain words if the rows are no table to learn from
 */
export async function prepareTable(source: Source): Promise<Table> {
  const { dataset, notes, labelColumns } = await datasetOf(source);
  const distinct = await distinctRows(dataset);
  const parts = await split(distinct, { train: 0.6, validation: 0.2, test: 0.2 }, seededRandom(7, 'split'));
  const isOneHot = source.kind === 'sample' && source.name === 'dna-splice';
  const collected = {
    train: rowsOf(await parts.train.collect()),
    validation: rowsOf(await parts.validation.collect()),
    test: rowsOf(await parts.test.collect()),
  };
  const { features, label } = dataset.schema;
  const width = features?.shape[0] ?? 0;
  const scaling = isOneHot ? undefined : scalingOf(collected.train, width);
  const scaled = ({ features: values, ...rest }: Rows): Rows => ({
    ...rest,
    features: scaling?.(values) ?? values,
  });
  return {
    width,
    rows: dataset.rowCount ?? 0,
    distinctRows: distinct.rowCount ?? 0,
    trainRows: collected.train.rowCount,
    featureNames: features?.names ?? [],
    classNames: label?.classNames ?? [],
    groupSize: isOneHot ? 4 : 1,
    reconstruction: isOneHot ? 'cross-entropy' : 'squared-error',
    notes,
    labelColumns,
    train: scaled(collected.train),
    validation: scaled(collected.validation),
    test: scaled(collected.test),
    scale: (row) => scaling?.(Float32Array.from(row)) ?? Float32Array.from(row),
  };
}

/** The given rows, in the given order, as a copy. */
export function gather(from: Rows, width: number, chosen: ArrayLike<number>): Rows {
  const features = new Float32Array(chosen.length * width);
  const labels = new Int32Array(chosen.length);
  for (let index = 0; index < chosen.length; index++) {
    const row = chosen[index] as number;
    features.set(from.features.subarray(row * width, (row + 1) * width), index * width);
    labels[index] = from.labels[row] as number;
  }
  return { features, labels, rowCount: chosen.length };
}

type Scaling = (values: Float32Array) => Float32Array;

/** Of many rows at once: centred, divided by the spread, clipped. */
function scalingOf({ features, rowCount }: Rows, width: number): Scaling {
  const [mean, spread] = [new Float64Array(width), new Float64Array(width)];
  for (let i = 0; i < features.length; i++)
    mean[i % width] = (mean[i % width] as number) + (features[i] as number) / rowCount;
  for (let i = 0; i < features.length; i++) {
    const away = (features[i] as number) - (mean[i % width] as number);
    spread[i % width] = (spread[i % width] as number) + (away * away) / rowCount;
  }
  const scale = spread.map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0));
  return (values) =>
    values.map((value, i) => {
      const scaled = (value - (mean[i % width] as number)) * (scale[i % width] as number);
      return Math.max(-clipAt, Math.min(clipAt, scaled));
    });
}

async function datasetOf(
  source: Source,
): Promise<{ dataset: Dataset; notes: string[]; labelColumns: string[] }> {
  if (source.kind === 'csv') return csvDataset(source);
  // both sets have float32 features and int32 classes, which rowsOf() proves
  const dataset = (await load(source.name)) as unknown as Dataset;
  return { dataset, notes: [], labelColumns: [] };
}

async function csvDataset({ file, name, label }: Extract<Source, { kind: 'csv' }>) {
  const { numbers, texts, rowCount } = await readCsv(file, name);
  const classes = classesFrom(label, numbers, texts);
  const columns = numbers.filter((column) => column.name !== label);
  if (columns.length < 2) {
    throw new Error(
      `${name} has ${columns.length === 1 ? 'one column' : 'no column'} of numbers; rebuilding one value from others needs at least two.`,
    );
  }
  if (rowCount < 50) throw new Error(`${name} has ${rowCount} rows; learning from them needs at least 50.`);
  const features = new Float32Array(rowCount * columns.length);
  for (const [column, { values }] of columns.entries()) {
    const known = values.filter((value) => !Number.isNaN(value));
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    for (let row = 0; row < rowCount; row++) {
      const value = values[row] as number;
      features[row * columns.length + column] = Number.isNaN(value) ? mean : value;
    }
  }
  const notes = csvNotes(columns, texts, label);
  if (looksLikeCounts(features)) {
    notes.push('All values are counts, some of them large: they were replaced by log(1 + count).');
    for (let i = 0; i < features.length; i++) features[i] = Math.log1p(features[i] as number);
  }
  const dataset = fromColumns(
    { features, label: classes?.labels ?? new Int32Array(rowCount) },
    {
      schema: {
        features: { dtype: 'float32', shape: [columns.length], names: columns.map((column) => column.name) },
        label: { dtype: 'int32', shape: [], classNames: classes?.names ?? [] },
      },
    },
  ) as unknown as Dataset;
  return { dataset, notes, labelColumns: labelColumnsOf(numbers, texts) };
}

type Csv = Awaited<ReturnType<typeof readCsv>>;

function csvNotes(columns: Csv['numbers'], texts: Csv['texts'], label: string | undefined): string[] {
  const notes: string[] = [];
  const missing = columns.reduce((sum, column) => sum + column.missing, 0);
  if (missing > 0) notes.push(`${missing} missing values were replaced by the mean of their column.`);
  const unused = texts.filter(({ name }) => name !== label).map(({ name }) => name);
  if (unused.length > 0) {
    const more = unused.length > 5 ? ` and ${unused.length - 5} more` : '';
    notes.push(`Columns of text are not used: ${unused.slice(0, 5).join(', ')}${more}.`);
  }
  return notes;
}

function looksLikeCounts(features: Float32Array): boolean {
  let most = 0;
  for (const value of features) {
    if (value < 0 || !Number.isInteger(value)) return false;
    most = Math.max(most, value);
  }
  return most > 100;
}

/** Columns of 2 to 20 different values. */
function labelColumnsOf(numbers: Csv['numbers'], texts: Csv['texts']): string[] {
  const isFew = (values: Iterable<unknown>) => {
    const { size } = new Set(values);
    return size >= 2 && size <= 20;
  };
  return [...texts, ...numbers]
    .filter(({ values }) => isFew(values as Iterable<unknown>))
    .map(({ name }) => name);
}

function classesFrom(label: string | undefined, numbers: Csv['numbers'], texts: Csv['texts']) {
  if (label === undefined) return undefined;
  const column = texts.find(({ name }) => name === label) ?? numbers.find(({ name }) => name === label);
  if (!column) return undefined;
  const values = Array.from(column.values as ArrayLike<unknown>, String);
  const names = [...new Set(values)].sort();
  const indexOf = new Map(names.map((name, index) => [name, index]));
  return { names, labels: Int32Array.from(values, (value) => indexOf.get(value) ?? 0) };
}

function rowsOf({ columns, rowCount }: Batch): Rows {
  const { features, label } = columns;
  if (!(features instanceof Float32Array) || !(label instanceof Int32Array)) {
    throw new TypeError('prepareTable: a table must have float32 features and int32 classes.');
  }
  return { features, labels: label, rowCount };
}
