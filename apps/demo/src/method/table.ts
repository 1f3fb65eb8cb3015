import { type Batch, type Dataset, distinctRows, load, split } from '@warmstart/datasets';
import { seededRandom } from '@warmstart/random';
import { fileTable } from './file-table.js';
import { patchWidth, pictureDataset } from './pictures.js';
import type { RawTable } from './raw-table.js';
import { scalingOf } from './scaling.js';
import { drawShapes } from './shapes.js';
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
  /** names of columns that could hold the classes; only of a file */
  labelColumns: string[];
  /** could columns be the samples instead? */
  canTurn: boolean;
  /** can a new row be given as numbers? */
  takesTyping: boolean;
  /** how a row is shown */
  look: 'numbers' | 'letters' | 'picture';
  /** what columns were scaled by, to show values as they were */
  columnScale?: { mean: Float32Array; spread: Float32Array };
}

/** Distinct rows in three parts that share no row. */
export interface Table extends TableFacts {
  train: Rows;
  validation: Rows;
  test: Rows;
  /** standardises prepared rows as the training rows were */
  scale: (rows: Float32Array) => Float32Array;
  raw: RawTable;
}

/**
 * Loads a source, drops repeated rows, divides it 60/20/20 by class, and scales numbers by the training rows, clipped
 * at 8 deviations.
 *
 * @throws Error in plain words if the rows are no table to learn from
 */
export async function prepareTable(source: Source): Promise<Table> {
  const raw = await rawTable(source);
  const { dataset, notes, labelColumns, canTurn } = raw;
  const distinct = await distinctRows(dataset);
  const parts = await split(distinct, { train: 0.6, validation: 0.2, test: 0.2 }, seededRandom(7, 'split'));
  const isOneHot = source.kind === 'sample' && source.name === 'dna-splice';
  const isPicture = source.kind === 'pictures' || (source.kind === 'sample' && source.name === 'shapes');
  const train = rowsOf(await parts.train.collect());
  const { features, label } = dataset.schema;
  const width = features?.shape[0] ?? 0;
  const scaling = isOneHot ? undefined : scalingOf(train.features, train.rowCount, width);
  const scale = (values: Float32Array) => scaling?.apply(values) ?? values;
  const scaled = (rows: Rows): Rows => ({ ...rows, features: scale(rows.features) });
  return {
    width,
    rows: dataset.rowCount ?? 0,
    distinctRows: distinct.rowCount ?? 0,
    trainRows: train.rowCount,
    featureNames: features?.names ?? [],
    classNames: label?.classNames ?? [],
    groupSize: isOneHot ? 4 : isPicture ? patchWidth : 1,
    reconstruction: isOneHot ? 'cross-entropy' : 'squared-error',
    notes,
    labelColumns,
    canTurn,
    takesTyping: raw.readValues !== undefined,
    look: isPicture ? 'picture' : isOneHot ? 'letters' : 'numbers',
    ...(scaling && { columnScale: { mean: scaling.mean, spread: scaling.spread } }),
    train: scaled(train),
    validation: scaled(rowsOf(await parts.validation.collect())),
    test: scaled(rowsOf(await parts.test.collect())),
    scale,
    raw,
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

async function rawTable(source: Source): Promise<RawTable> {
  if (source.kind === 'csv') return fileTable(source);
  const plain = { notes: [], labelColumns: [], canTurn: false };
  if (source.kind === 'pictures' || source.name === 'shapes') {
    const pictures = source.kind === 'pictures' ? source.pictures : drawShapes();
    return { ...plain, dataset: pictureDataset(pictures) };
  }
  // all sets have float32 features and int32 classes, which rowsOf() proves
  const dataset = (await load(source.name)) as unknown as Dataset;
  return { ...plain, dataset, readValues: (values) => values };
}

function rowsOf({ columns, rowCount }: Batch): Rows {
  const { features, label } = columns;
  if (!(features instanceof Float32Array) || !(label instanceof Int32Array)) {
    throw new TypeError('prepareTable: a table must have float32 features and int32 classes.');
  }
  return { features, labels: label, rowCount };
}
