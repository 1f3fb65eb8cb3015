import { createHash } from 'node:crypto';
import {
  card,
  type DataRecord,
  DatasetError,
  type DatasetName,
  load,
  type Origin,
  readRecords,
  tableSplit,
} from '@warmstart/datasets';
import { folder, sharpDecoder } from '@warmstart/datasets/node';

export interface HeadOptions {
  /** Where the official files lie; what ships with the package if undefined. */
  readonly path: string | undefined;
  readonly rows: number;
  /** The set's table if undefined, or the first split whose files are there. */
  readonly split: string | undefined;
  readonly signal: AbortSignal;
}

type HeadValue = string | number | number[];

/** The first rows of a data set as they are printed: images as shape and digest. */
export async function headRows(
  name: DatasetName,
  options: HeadOptions,
): Promise<{ origin: Origin; rows: Record<string, HeadValue>[] }> {
  const splits =
    options.split === undefined ? [tableSplit(name), ...Object.keys(card(name).splits)] : [options.split];
  const tried = [...new Set(splits)];
  for (const split of tried) {
    try {
      return await readSplit(name, split, options);
    } catch (error) {
      const isLast = split === tried.at(-1);
      if (isLast || !(error instanceof DatasetError) || error.code !== 'missing') throw error;
    }
  }
  throw new RangeError(`data: ${name} has no split.`);
}

async function readSplit(name: DatasetName, split: string, { path, rows, signal }: HeadOptions) {
  const source = path === undefined ? {} : { source: folder(path) };
  const dataset = await load(name, { split, stream: true, signal, ...source });
  const found: Record<string, HeadValue>[] = [];
  for await (const record of readRecords(dataset.take(rows))) {
    const row = await printable(record, dataset.schema);
    // rows that are made up say so themselves, however they are passed on
    found.push(dataset.origin === 'synthetic' ? { ...row, origin: 'synthetic' } : row);
    if (found.length === rows) break;
  }
  return { origin: dataset.origin, rows: found };
}

async function printable(
  record: DataRecord,
  schema: Record<string, { dtype: string; shape: readonly number[] }>,
): Promise<Record<string, HeadValue>> {
  const entries: [string, HeadValue][] = [];
  for (const [name, value] of Object.entries(record)) {
    if (!(value instanceof Uint8Array)) {
      entries.push([name, value]);
      continue;
    }
    const { shape, data } = await pixels(value, schema[name]?.shape ?? []);
    entries.push(['shape', shape], ['sha256', createHash('sha256').update(data).digest('hex')]);
  }
  return Object.fromEntries(entries);
}

/** Pixels as they are, or out of an image file. */
async function pixels(
  value: Uint8Array,
  shape: readonly number[],
): Promise<{ shape: number[]; data: Uint8Array }> {
  if (shape.length > 0) return { shape: [...shape], data: value };
  const { width, height, data } = await (await sharpDecoder())(value);
  return { shape: [height, width, 3], data };
}
