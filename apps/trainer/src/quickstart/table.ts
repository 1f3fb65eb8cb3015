import {
  type InputSchema,
  layoutOf,
  type PreparedRows,
  prepareRows,
  type RowIndex,
  readRows,
  type Rows as SourceRows,
  splitRows,
} from '@warmstart/transfer';
import type { Recipe } from './recipe.js';

/** Rows as a network takes them, with a class each. */
export type Rows = PreparedRows & {
  /** [rowCount], zero-based classes */
  labels: Int32Array;
};

/** One data set as the quickstart uses it: distinct rows in three parts that share no row. */
export interface Table {
  recipe: Recipe;
  /** As the verbs of `@warmstart/transfer` take them. */
  source: SourceRows;
  input: InputSchema;
  width: number;
  classNames: readonly string[];
  origin: string;
  /** As the data set has them, repeated rows counted. */
  rows: number;
  distinctRows: number;
  /** Pre-training sees these without labels; label draws come from them. */
  train: Rows;
  /** Settings are chosen on these where labelled validation rows choose. */
  validation: Rows;
  /** Results are reported on these, and nothing else is done with them. */
  test: Rows;
}

/** Reads a data set, divides it 60/20/20 by class, equal rows together, and prepares it as its training rows say. */
export async function prepareTable(recipe: Recipe): Promise<Table> {
  const source = await readRows(recipe.dataset);
  const { output } = source;
  if (output?.kind !== 'classes') throw new TypeError(`quickstart: ${recipe.dataset} must have classes.`);
  const index = await source.index();
  const splits = splitRows(index, output);
  const input = await source.fitInput(splits.train);
  const distinct = firstOfEach(index);
  const rowsOf = async (which: Uint32Array): Promise<Rows> => {
    const part = await prepareRows(
      source,
      input,
      which.filter((row) => distinct.has(row)),
    );
    return { ...part, labels: Int32Array.from(part.outputs) };
  };
  return {
    recipe,
    source,
    input,
    width: layoutOf(input).width,
    classNames: output.classNames,
    origin: source.origin,
    rows: source.rowCount,
    distinctRows: distinct.size,
    train: await rowsOf(splits.train),
    validation: await rowsOf(splits.validation),
    test: await rowsOf(splits.test),
  };
}

/** Of equal rows, the first. */
function firstOfEach({ ids, rowCount }: RowIndex): Set<number> {
  const known = new Set<number>();
  const firsts = new Set<number>();
  for (let row = 0; row < rowCount; row++) {
    const id = ids[row] as number;
    if (!known.has(id)) firsts.add(row);
    known.add(id);
  }
  return firsts;
}
