import type { Dataset } from '@warmstart/datasets';

/** Rows as they were found, before they are divided and scaled. */
export interface RawTable {
  dataset: Dataset;
  notes: string[];
  labelColumns: string[];
  canTurn: boolean;
  /** one new row from its numbers in the order of the columns; absent where a row is too wide to be typed */
  readValues?: (values: Float32Array) => Float32Array;
  /** new rows from another file of the same columns; absent where there is no file */
  readFile?: (file: Blob, name: string) => Promise<Float32Array>;
}
