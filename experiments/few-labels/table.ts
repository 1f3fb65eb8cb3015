import type { EncoderKind } from './rebuilder.js';

/** Rows of one part of a data set, standardised. */
export interface Part {
  /** [rowCount, width] */
  features: Float32Array;
  labels: Int32Array;
  rowCount: number;
}

/** A data set ready for the experiment. */
export interface Table {
  name: string;
  width: number;
  classCount: number;
  /** Default 'mlp'. */
  encoder?: EncoderKind;
  /** Whether probes read square roots of the features, see `RootHead`. Default false. */
  roots?: boolean;
  /** Features that are hidden together. */
  groups: readonly (readonly number[])[];
  maskRatio: number;
  /** How a group is rebuilt: by squared error, or as one category. */
  rebuild: 'squared-error' | 'cross-entropy';
  train: Part;
  validation: Part;
  test: Part;
}

/** Some rows of a part, one after the other. */
export function gather(part: Part, width: number, rows: readonly number[]): Float32Array {
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    values.set(part.features.subarray(row * width, (row + 1) * width), index * width);
  });
  return values;
}
