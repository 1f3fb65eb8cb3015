import * as tf from '@tensorflow/tfjs-core';
import type { InputSchema } from '../schema/input-schema.js';
import { layoutOf } from '../schema/layout.js';
import type { EncodedRows, EncodeOptions, Rows } from './rows.js';

/** Rows in memory, as a network takes them. */
export interface PreparedRows {
  readonly rowCount: number;
  readonly width: number;
  /** [rowCount, width] */
  readonly features: Float32Array;
  /** Classes, or numbers as they stand; as many as rows, or none at all. */
  readonly outputs: Float64Array;
  /** [rowCount, width], 1 where a value was there; undefined where all were. */
  readonly known?: Uint8Array;
}

/**
 * Reads rows into memory, prepared by a schema.
 *
 * @param which - row numbers, ascending
 */
export async function prepareRows(
  rows: Rows,
  input: InputSchema,
  which: ArrayLike<number>,
  options: Omit<EncodeOptions, 'rows'> = {},
): Promise<PreparedRows> {
  const { width } = layoutOf(input);
  const rowCount = which.length;
  const features = new Float32Array(rowCount * width);
  const outputs = new Float64Array(rows.output ? rowCount : 0);
  let known: Uint8Array | undefined;
  let at = 0;
  if (rowCount > 0) {
    for await (const block of rows.encode(input, { ...options, rows: which })) {
      features.set(block.features, at * width);
      if (block.outputs) outputs.set(block.outputs, at);
      if (block.known) {
        known ??= new Uint8Array(rowCount * width).fill(1);
        known.set(block.known, at * width);
      }
      at += block.rowCount;
    }
  }
  return { rowCount, width, features, outputs, ...(known ? { known } : {}) };
}

/** Some rows, in the order given; repeats are allowed. */
export function takeRows(rows: PreparedRows, which: ArrayLike<number>): PreparedRows {
  const { width } = rows;
  const features = new Float32Array(which.length * width);
  const outputs = new Float64Array(rows.outputs.length > 0 ? which.length : 0);
  const known = rows.known && new Uint8Array(which.length * width);
  for (let index = 0; index < which.length; index++) {
    const start = (which[index] as number) * width;
    features.set(rows.features.subarray(start, start + width), index * width);
    if (outputs.length > 0) outputs[index] = rows.outputs[which[index] as number] as number;
    if (known) known.set((rows.known as Uint8Array).subarray(start, start + width), index * width);
  }
  return { rowCount: which.length, width, features, outputs, ...(known ? { known } : {}) };
}

/** All rows in blocks of at most `size`, without a copy. */
export function* blocksOf(rows: PreparedRows, size = 256): Generator<PreparedRows> {
  const { width, rowCount } = rows;
  for (let start = 0; start < rowCount; start += size) {
    const end = Math.min(start + size, rowCount);
    yield {
      rowCount: end - start,
      width,
      features: rows.features.subarray(start * width, end * width),
      outputs: rows.outputs.subarray(start, end),
      ...(rows.known ? { known: rows.known.subarray(start * width, end * width) } : {}),
    };
  }
}

/** Prepared rows on the backend, [rowCount, width]; the caller disposes them. */
export function inputOf({ features, rowCount }: Pick<EncodedRows, 'features' | 'rowCount'>): tf.Tensor2D {
  return tf.tensor2d(features, [rowCount, rowCount > 0 ? features.length / rowCount : 0]);
}

/** Row numbers drawn with repeats. */
export function drawRows(rowCount: number, count: number, random: () => number): Uint32Array {
  return Uint32Array.from({ length: count }, () => Math.floor(random() * rowCount));
}
