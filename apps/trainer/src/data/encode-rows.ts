import type { Batch, Columns } from '@warmstart/datasets';
import { Tokenizer } from '@warmstart/tokenizers';
import { logCounts } from './log-counts.js';
import type { CategoryColumn, CodedColumns, NumberColumns, Preparation } from './preparation.js';
import { layoutOf } from './preparation.js';

/** Rows as a network takes them. */
export interface Part {
  /** [rowCount, width]; token ids of texts, too */
  features: Float32Array;
  /** Classes, −1 where unknown; or the number to predict, NaN where unknown, as it stands in the file. */
  answers: Float32Array;
  rowCount: number;
  /** 1 where a value was in the file, 0 where it was missing; undefined where all were. */
  known?: Uint8Array;
}

/** Rows of a batch, prepared. Missing numbers become the mean of the training rows, which is 0 here. */
export async function encodeRows(
  preparation: Preparation,
  batch: Batch<Columns>,
  name: string,
): Promise<Part> {
  const answers = answersOf(preparation, batch);
  const { rowCount } = batch;
  if (preparation.kind === 'images') return { features: pixels(preparation, batch), answers, rowCount };
  if (preparation.kind === 'texts') return { features: tokens(preparation, batch), answers, rowCount };
  const { width } = layoutOf(preparation);
  const features = new Float32Array(rowCount * width);
  const known = new Uint8Array(rowCount * width).fill(1);
  let at = 0;
  for (const column of preparation.columns) {
    const place = { features, known, width, at, rowCount };
    if (column.kind === 'category') at += addCategory(column, batch, place);
    else at += addNumbers(column, batch, place, name);
  }
  return { features, answers, rowCount, ...(known.includes(0) ? { known } : {}) };
}

interface Place {
  features: Float32Array;
  known: Uint8Array;
  width: number;
  at: number;
  rowCount: number;
}

function addCategory(
  { column, classNames }: CategoryColumn,
  { columns }: Batch<Columns>,
  place: Place,
): number {
  const classes = columns[column] as Int32Array; // a category of the table
  for (let row = 0; row < place.rowCount; row++) {
    const chosen = classes[row] as number;
    const start = row * place.width + place.at;
    if (chosen >= 0 && chosen < classNames.length) place.features[start + chosen] = 1;
    else place.known.fill(0, start, start + classNames.length);
  }
  return classNames.length;
}

function addNumbers(
  column: NumberColumns | CodedColumns,
  { columns }: Batch<Columns>,
  { features, known, width, at, rowCount }: Place,
  name: string,
): number {
  const raw = columns.features as Float32Array; // the preparation was fitted on such rows
  const from = rowCount > 0 ? raw.length / rowCount : 0;
  const values = column.kind === 'numbers' && column.counts ? logCounts(raw, from, name) : raw;
  for (let index = 0; index < column.names.length; index++) {
    const source = (column.kind === 'numbers' ? column.places?.[index] : undefined) ?? index;
    const [mean, deviation] =
      column.kind === 'numbers' ? [column.mean[index] as number, column.deviation[index] as number] : [0, 1];
    for (let row = 0; row < rowCount; row++) {
      const value = values[row * from + source] as number;
      const to = row * width + at + index;
      if (Number.isNaN(value)) known[to] = 0;
      else features[to] = column.kind === 'coded' ? value : tailDrawnIn((value - mean) / deviation);
    }
  }
  return column.names.length;
}

const tailFrom = 8;

/**
 * Beyond 8 deviations only the logarithm of a value counts. Rows that differ still differ afterwards, which clipping
 * would not keep.
 */
export function tailDrawnIn(value: number): number {
  const beyond = Math.abs(value) - tailFrom;
  return beyond <= 0 ? value : Math.sign(value) * (tailFrom + Math.log1p(beyond));
}

function pixels(
  { mean, deviation }: Extract<Preparation, { kind: 'images' }>,
  { columns }: Batch<Columns>,
): Float32Array {
  return Float32Array.from(columns.image as Uint8Array, (value, index) => {
    const channel = index % 3;
    return (value / 255 - (mean[channel] as number)) / (deviation[channel] as number);
  });
}

function tokens(
  { tokenizer, length }: Extract<Preparation, { kind: 'texts' }>,
  { columns }: Batch<Columns>,
): Float32Array {
  const texts = columns.text as string[]; // a set of texts has it
  const { tokens } = new Tokenizer(tokenizer).encode(texts, { maxLength: length, padTo: length });
  return Float32Array.from(tokens.flat());
}

function answersOf({ answer }: Preparation, { columns, rowCount }: Batch<Columns>): Float32Array {
  if (answer?.kind === 'number') {
    return Float32Array.from(
      (columns.target as Float32Array | undefined) ?? new Float32Array(rowCount).fill(Number.NaN),
    );
  }
  return Float32Array.from((columns.label as Int32Array | undefined) ?? new Int32Array(rowCount).fill(-1));
}
