import { type Dataset, fromColumns } from '@warmstart/datasets';
import { type Matrix, preparationOf, prepared } from './preparation.js';
import type { RawTable } from './raw-table.js';
import { type CsvColumns, readCsv } from './read-csv.js';
import type { FileSource } from './source.js';
import { readSparseCounts } from './sparse-counts.js';

const fewestRows = 30;

/** The rows of a dropped file, missing values filled and counts brought to one size, and how to read more like them. */
export async function fileTable({ file, name, label, isTurned = false }: FileSource): Promise<RawTable> {
  if (/\.mtx(\.gz)?$/i.test(name)) return sparseTable(file, name, isTurned);
  const csv = await readCsv(file, name);
  const matrix = isTurned ? turned(csv, name) : upright(csv, label);
  mustTeach(matrix, name);
  const classes = isTurned ? undefined : classesFrom(label, csv);
  const preparation = preparationOf(matrix);
  const { names } = preparation;
  return {
    dataset: datasetFrom(prepared(matrix, preparation, name), names, classes),
    notes: [...preparation.notes, ...(isTurned ? [] : textNotes(csv, label))],
    labelColumns: isTurned ? [] : labelColumnsOf(csv),
    canTurn: rowNamesOf(csv) !== undefined,
    ...(names.length === matrix.names.length && {
      readValues: (values: Float32Array) => prepared({ names, rowCount: 1, values }, preparation, 'The row'),
    }),
    readFile: async (other, otherName) => {
      const more = await readCsv(other, otherName);
      return prepared(isTurned ? turned(more, otherName) : upright(more, label), preparation, otherName);
    },
  };
}

async function sparseTable(file: Blob, name: string, isTurned: boolean): Promise<RawTable> {
  const { notes, ...matrix } = await readSparseCounts(file, name, isTurned ? 'rows' : 'columns');
  mustTeach(matrix, name);
  return {
    dataset: datasetFrom(matrix.values, matrix.names, undefined),
    notes,
    labelColumns: [],
    canTurn: true,
  };
}

function mustTeach({ names, rowCount }: Matrix, name: string): void {
  if (names.length < 2) {
    throw new Error(
      `${name} has ${names.length === 1 ? 'one column' : 'no column'} of numbers; rebuilding one value from others needs at least two.`,
    );
  }
  if (rowCount < fewestRows) {
    throw new Error(`${name} has ${rowCount} rows; learning from them needs at least ${fewestRows}.`);
  }
}

function upright({ numbers, rowCount }: CsvColumns, label: string | undefined): Matrix {
  const columns = numbers.filter((column) => column.name !== label);
  const values = new Float32Array(rowCount * columns.length);
  for (const [column, { values: from }] of columns.entries()) {
    for (let row = 0; row < rowCount; row++) values[row * columns.length + column] = from[row] as number;
  }
  return { names: columns.map((column) => column.name), rowCount, values };
}

/** Columns of numbers become rows: most count matrices have a gene a line and a sample a column. */
function turned(csv: CsvColumns, name: string): Matrix {
  const names = rowNamesOf(csv);
  if (!names) throw new Error(`${name} cannot be turned: no column names its rows, each by another name.`);
  const values = new Float32Array(names.length * csv.numbers.length);
  for (const [row, { values: from }] of csv.numbers.entries()) values.set(from, row * names.length);
  return { names, rowCount: csv.numbers.length, values };
}

function rowNamesOf({ texts, rowCount }: CsvColumns): string[] | undefined {
  return texts.find(({ values }) => new Set(values).size === rowCount)?.values;
}

interface Classes {
  names: string[];
  labels: Int32Array;
}

function datasetFrom(
  features: Float32Array,
  names: readonly string[],
  classes: Classes | undefined,
): Dataset {
  const rowCount = features.length / names.length;
  return fromColumns(
    { features, label: classes?.labels ?? new Int32Array(rowCount) },
    {
      schema: {
        features: { dtype: 'float32', shape: [names.length], names },
        label: { dtype: 'int32', shape: [], classNames: classes?.names ?? [] },
      },
    },
  ) as unknown as Dataset; // float32 features and int32 classes, which prepareTable proves
}

function textNotes({ texts }: CsvColumns, label: string | undefined): string[] {
  const unused = texts.filter(({ name }) => name !== label).map(({ name }) => name);
  if (unused.length === 0) return [];
  const more = unused.length > 5 ? ` and ${unused.length - 5} more` : '';
  return [`Columns of text are not used: ${unused.slice(0, 5).join(', ')}${more}.`];
}

/** Columns of 2 to 20 different values. */
function labelColumnsOf({ numbers, texts }: CsvColumns): string[] {
  const isFew = (values: Iterable<unknown>) => {
    const { size } = new Set(values);
    return size >= 2 && size <= 20;
  };
  return [...texts, ...numbers]
    .filter(({ values }) => isFew(values as Iterable<unknown>))
    .map(({ name }) => name);
}

function classesFrom(label: string | undefined, { numbers, texts }: CsvColumns): Classes | undefined {
  if (label === undefined) return undefined;
  const column = texts.find(({ name }) => name === label) ?? numbers.find(({ name }) => name === label);
  if (!column) return undefined;
  const values = Array.from(column.values as ArrayLike<unknown>, String);
  const names = [...new Set(values)].sort();
  const indexOf = new Map(names.map((name, index) => [name, index]));
  return { names, labels: Int32Array.from(values, (value) => indexOf.get(value) ?? 0) };
}
