import { createHash } from 'node:crypto';
import { type Batch, type Columns, fromColumns, type Schema, split } from '@warmstart/datasets';
import { seededRandom } from '@warmstart/random';
import type { DataSettings } from '../settings/project.js';
import { DataError } from './data-error.js';
import type { Source } from './source.js';

export const splitNames = ['train', 'validation', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

/** Which rows belong where, from 0, in ascending order. */
export type Splits = Record<SplitName, number[]>;

/**
 * Divides rows by class, the same way for every seed: an encoder has then never seen the rows that a model built on it
 * is tested on. Equal rows stay together.
 */
export async function drawSplits(
  rows: Batch<Columns> & { schema: Schema<Columns> },
  shares: DataSettings['splits'],
): Promise<Splits> {
  const { schema } = rows;
  const labels = rows.columns.label as Int32Array | undefined;
  const { path: _, target: __, ...columns } = rows.columns;
  const numbered = {
    ...columns,
    row: Int32Array.from({ length: rows.rowCount }, (_, row) => row),
    // rows without a label are a class of their own
    label: labels ? Int32Array.from(labels, (label) => label + 1) : new Int32Array(rows.rowCount),
  };
  const { path: ___, target: ____, ...infos } = schema;
  // columns with classes do not count when rows are compared, and a row's number must not
  const classes = { dtype: 'int32', shape: [], classNames: [] } as const;
  const dataset = fromColumns(numbered, {
    schema: { ...infos, label: classes, row: classes } as Schema<Columns>,
  });
  const parts = await split(dataset, shares, seededRandom(0, 'split', rows.rowCount), { by: 'label' });
  const of = async (name: SplitName) => [...((await parts[name].collect()).columns.row as Int32Array)];
  return { train: await of('train'), validation: await of('validation'), test: await of('test') };
}

const splitWords: Record<string, SplitName> = {
  train: 'train',
  training: 'train',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
};

/** @throws DataError for a value that names no part */
export function readSplits(source: Source, rows: Batch<Columns>, column: string): Splits {
  const classNames = source.dataset.schema[column]?.classNames ?? [];
  const values = rows.columns[column] as Int32Array;
  const splits: Splits = { train: [], validation: [], test: [] };
  for (let row = 0; row < rows.rowCount; row++) {
    const word = classNames[values[row] as number] ?? '';
    const part = splitWords[word.toLowerCase()];
    if (part === undefined) {
      throw new DataError(
        'no-column',
        `${source.name}: column "${column}" must say train, validation or test, got "${word}" in row ${row + 1}.`,
        source.name,
      );
    }
    splits[part].push(row);
  }
  return splits;
}

/** How many rows of validation and test stand among the training rows as well. */
export function sharedRows(
  features: Float32Array,
  width: number,
  splits: Splits,
): { count: number; example?: number } {
  const keyOf = (row: number) =>
    createHash('md5')
      .update(Buffer.from(features.buffer, features.byteOffset + row * width * 4, width * 4))
      .digest('base64');
  const seen = new Set(splits.train.map(keyOf));
  const shared = [...splits.validation, ...splits.test].filter((row) => seen.has(keyOf(row)));
  const [example] = shared;
  return { count: shared.length, ...(example === undefined ? {} : { example }) };
}
