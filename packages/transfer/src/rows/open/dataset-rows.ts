import type { Batch, ColumnInfo, Columns, CountColumns, Dataset } from '@warmstart/datasets';
import { imageDecoder } from '@warmstart/datasets';
import { TransferError } from '../../errors.js';
import type { OutputColumn } from '../../schema/output-schema.js';
import { countRowsOf } from '../counts/open-counts.js';
import { ByteIds } from '../images/bytes-hash.js';
import { ImageRows, imageOf } from '../images/image-rows.js';
import { listed } from '../listed.js';
import { noteText } from '../note-text.js';
import type { ColumnSummary, Rows } from '../rows.js';
import { datasetTable } from '../tables/dataset-table.js';
import { describeTable } from '../tables/open-table.js';
import { rowsOfTable } from '../tables/rows-of-table.js';
import { TextRows } from '../texts/text-rows.js';
import type { RowsOptions } from './rows-options.js';

/** Rows of a data set: images, texts, or a table of its columns by their names. */
export async function datasetRows(dataset: Dataset, name: string, options: RowsOptions): Promise<Rows> {
  const { schema } = dataset;
  // what fromCounts gives says how its counts were read
  if (dataset.counts !== undefined) return countRowsOf(dataset as Dataset<CountColumns>, name, options);
  if (schema.image !== undefined) return imageRows(dataset, name, options);
  if (schema.text?.dtype === 'string') return textRows(dataset, name, options);
  const isTable = Object.values<ColumnInfo>(schema).every(
    ({ dtype, shape }) => dtype !== 'bytes' && shape.length <= 1,
  );
  if (!isTable) {
    throw new TransferError(
      'other-data',
      `${name}: its rows hold neither numbers, words, texts nor images. Choose another set.`,
      { file: name },
    );
  }
  const { table, groups } = await datasetTable(dataset, options.signal);
  const opened = { ...aboutOf(dataset, name), table, groups, ...(schema.label ? { label: 'label' } : {}) };
  return rowsOfTable(describeTable(opened, options), options);
}

function aboutOf(dataset: Dataset, name: string) {
  const licence = dataset.card?.licence;
  return { name, origin: dataset.origin, ...(licence === undefined ? {} : { licence }) };
}

async function imageRows(dataset: Dataset, name: string, options: RowsOptions): Promise<Rows> {
  const read = dataset.randomAccess
    ? dataset
    : await dataset.cache(options.signal ? { signal: options.signal } : {});
  const ids = new ByteIds();
  const answers = await answersOf(read, name, options, (batch) => {
    for (let row = 0; row < batch.rowCount; row++) ids.add(imageOf(batch, row).bytes);
  });
  return new ImageRows({
    ...aboutOf(dataset, name),
    ...answers,
    ids: ids.finish(),
    dataset: read,
    columns: [{ name: 'image', type: 'ignored', missing: 0, summary: 'images' }, ...answers.columns],
    decoder: options.decoder ?? imageDecoder,
    size: options.imageSize ?? 64,
  });
}

async function textRows(dataset: Dataset, name: string, options: RowsOptions): Promise<Rows> {
  const texts: string[] = [];
  const answers = await answersOf(dataset, name, options, ({ columns }) => {
    for (const text of columns.text as string[]) texts.push(text); // the schema says so
  });
  return new TextRows({
    ...aboutOf(dataset, name),
    ...answers,
    texts,
    columns: [{ name: 'text', type: 'text', missing: 0, summary: 'texts' }, ...answers.columns],
    ...(options.textLength === undefined ? {} : { length: options.textLength }),
  });
}

interface Answers {
  readonly rowCount: number;
  readonly output?: OutputColumn;
  readonly outputs?: Float64Array;
  readonly parts?: Uint8Array;
  readonly columns: readonly ColumnSummary[];
  readonly notes: readonly string[];
}

/** Label and split of each row, in one pass that `onBatch` shares. */
async function answersOf(
  dataset: Dataset,
  name: string,
  options: RowsOptions,
  onBatch: (batch: Batch<Columns>) => void,
): Promise<Answers> {
  const labels: number[] = [];
  const parts: number[] = [];
  let rowCount = 0;
  for await (const batch of dataset.iterate(options.signal ? { signal: options.signal } : {})) {
    rowCount += batch.rowCount;
    onBatch(batch);
    // columns of these names hold classes in every data set
    for (const label of (batch.columns.label ?? []) as Int32Array) labels.push(label);
    for (const part of (batch.columns.split ?? []) as Int32Array) parts.push(part);
  }
  const classNames = dataset.schema.label?.classNames ?? [];
  const notes = dataset.notes.map(noteText);
  const about = {
    rowCount,
    ...(parts.length > 0 && !parts.includes(-1) ? { parts: Uint8Array.from(parts) } : {}),
  };
  const found = labels.some((label) => label >= 0);
  if (options.label === null || classNames.length === 0 || (!found && options.like === undefined))
    return { ...about, columns: [], notes };
  if (options.like?.output === undefined) refuseFewClasses(classNames, name);
  const output = options.like?.output ?? ({ kind: 'classes', column: 'label', classNames } as const);
  if (!found) return { ...about, columns: [], notes };
  const missing = labels.filter((label) => label < 0).length;
  const summary = `${classNames.length} classes (${listed(classNames, 3)})`;
  return {
    ...about,
    output,
    outputs: Float64Array.from(labels),
    columns: [{ name: 'label', type: 'label', missing, summary }],
    notes: [...notes, `task: ${classNames.length} classes: ${listed(classNames)}`],
  };
}

function refuseFewClasses(classNames: readonly string[], name: string): void {
  if (classNames.length > 1) return;
  throw new TransferError(
    'one-class',
    `${name}: there must be a folder for each of at least 2 classes, got only ${classNames[0]}. Name the folder above.`,
    { file: name },
  );
}
