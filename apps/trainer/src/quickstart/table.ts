import { type Batch, type Dataset, distinctRows, load, split, standardize } from '@warmstart/datasets';
import { seededRandom } from '@warmstart/random';
import { tailDrawnIn } from '../data/encode-rows.js';
import type { Recipe } from './recipe.js';

/** Rows of numbers with a class each. */
export interface Rows {
  /** [rowCount, width] */
  features: Float32Array;
  /** [rowCount], zero-based classes */
  labels: Int32Array;
  rowCount: number;
}

/** One data set as the quickstart uses it: distinct rows in three parts that share no row. */
export interface Table {
  recipe: Recipe;
  width: number;
  classNames: readonly string[];
  featureNames: readonly string[];
  origin: string;
  /** As the data set has them, repeated rows counted. */
  rows: number;
  distinctRows: number;
  /** Pre-training sees these without labels; label draws come from them. */
  train: Rows;
  /** Settings are chosen on these. */
  validation: Rows;
  /** Results are reported on these, and nothing else is done with them. */
  test: Rows;
}

/**
 * Loads a data set, drops repeated rows, divides it 60/20/20 by class, and scales numbers by the training rows,
 * drawn in beyond 8 deviations.
 *
 * One-hot columns stay as they are: their zeros and ones mean something.
 */
export async function prepareTable(recipe: Recipe, seed: number): Promise<Table> {
  // both data sets have exactly these columns among theirs, which rows() proves
  const all = (await load(recipe.dataset)) as unknown as Dataset;
  const distinct = await distinctRows(all);
  const shares = { train: 0.6, validation: 0.2, test: 0.2 };
  const parts = await split(distinct, shares, seededRandom(seed, 'split', recipe.dataset));
  const scale = recipe.reconstruction === 'squared-error' ? await standardize(parts.train) : undefined;
  const rowsOf = async (part: Dataset) =>
    scale ? tailsDrawnIn(rows(await part.map(scale).collect())) : rows(await part.collect());
  const { features, label } = all.schema;
  return {
    recipe,
    width: features?.shape[0] ?? 0,
    classNames: label?.classNames ?? [],
    featureNames: features?.names ?? [],
    origin: all.origin,
    rows: all.rowCount ?? 0,
    distinctRows: distinct.rowCount ?? 0,
    train: await rowsOf(parts.train),
    validation: await rowsOf(parts.validation),
    test: await rowsOf(parts.test),
  };
}

/** One mail has a run of 15,841 capitals. */
function tailsDrawnIn({ features, ...rest }: Rows): Rows {
  return { ...rest, features: features.map(tailDrawnIn) };
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

function rows({ columns, rowCount }: Batch): Rows {
  const { features, label } = columns;
  if (!(features instanceof Float32Array) || !(label instanceof Int32Array)) {
    throw new TypeError('prepareTable: the data set must have float32 features and a class label.');
  }
  return { features, labels: label, rowCount };
}
