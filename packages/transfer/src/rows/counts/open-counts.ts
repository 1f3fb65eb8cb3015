import type { CountColumns, CountOptions, DataFiles, Dataset } from '@warmstart/datasets';
import { DatasetError, fromCounts } from '@warmstart/datasets';
import { TransferError } from '../../errors.js';
import type { OutputColumn } from '../../schema/output-schema.js';
import { listed } from '../listed.js';
import { noteText } from '../note-text.js';
import { given, type RowsOptions } from '../open/rows-options.js';
import { refuseOtherKind } from '../other-kind.js';
import type { ColumnSummary, Rows } from '../rows.js';
import { CountRows, geneNote, genesOf } from './count-rows.js';

/** Rows of counts by gene, in a folder or file. */
export async function countRows(name: string, files: DataFiles, options: RowsOptions): Promise<Rows> {
  return countRowsOf(await openCounts(files, options), name, options);
}

/** The same of a data set that was opened already. */
export async function countRowsOf(
  dataset: Dataset<CountColumns>,
  name: string,
  options: RowsOptions,
): Promise<Rows> {
  const { like } = options;
  const { counts } = dataset;
  const notes = dataset.notes.map(noteText);
  if (like !== undefined) {
    if (like.input.kind !== 'counts') throw refuseOtherKind(name, like.input.kind, 'counts');
    notes.push(geneNote(genesOf(like.input, dataset, name), like.input));
  }
  if (counts?.geneNames === 'numbers')
    notes.push('warning: genes have no names here, so they cannot be found in other data');
  const rowCount = counts?.sampleCount ?? 0;
  const label = await labelOf(dataset, name, options);
  return new CountRows({
    name,
    origin: dataset.origin,
    dataset,
    rowCount,
    logged: counts !== undefined && counts.values !== 'counts',
    genes: options.genes ?? 2000,
    ...(label ? { output: label.output, outputs: label.outputs } : {}),
    columns: [
      { name: 'counts', type: 'number', missing: 0, summary: `counts of ${counts?.geneCount ?? 0} genes` },
      ...(label ? [label.column] : []),
    ],
    notes,
  });
}

/** New data need not have the label that a model learned. */
async function openCounts(files: DataFiles, options: RowsOptions) {
  try {
    return await fromCounts(files, countOptions(options));
  } catch (error) {
    const isAbsent =
      error instanceof RangeError || (error instanceof DatasetError && error.code === 'missing');
    if (!isAbsent || options.like?.output === undefined || options.label !== undefined) throw error;
    return fromCounts(files, countOptions({ ...options, label: null }));
  }
}

function countOptions(options: RowsOptions): CountOptions {
  const { like, label, task, unknown = 'error', missingValues, missing, values, hdf5 } = options;
  const { limits, signal, onEvent } = options;
  const output = like?.output;
  const column = label === undefined ? output?.column : label;
  const isNumber = task === 'number' || output?.kind === 'number';
  const words = missingValues ?? (missing && ['', 'NA', 'NaN', 'nan', 'N/A', 'null', ...missing]);
  return {
    ...(column === undefined || column === 'label'
      ? {}
      : isNumber && column !== null
        ? { target: column }
        : { label: column }),
    ...(output?.kind === 'classes'
      ? { classNames: output.classNames, unknownClass: unknown === 'missing' ? 'unlabelled' : 'error' }
      : {}),
    ...(words ? { missingValues: words } : {}),
    ...given(options, ['samples', 'sampleSet', 'featureTypes', 'layer', 'cellTable']),
    ...(values ? { values } : {}),
    ...(hdf5 ? { hdf5 } : {}),
    ...(limits ? { limits } : {}),
    ...(signal ? { signal } : {}),
    ...(onEvent ? { onEvent } : {}),
  };
}

interface CountLabel {
  readonly output: OutputColumn;
  readonly outputs: Float64Array;
  readonly column: ColumnSummary;
}

async function labelOf(
  dataset: Dataset<CountColumns>,
  name: string,
  { like, signal }: RowsOptions,
): Promise<CountLabel | undefined> {
  const { schema, counts } = dataset;
  const isNumber = counts?.target !== undefined;
  const from = counts?.target ?? counts?.label;
  if (from === undefined) return undefined;
  const values: number[] = [];
  for await (const { columns } of dataset.iterate(signal ? { signal } : {}))
    for (const value of columns[isNumber ? 'target' : 'label'] as Float64Array | Int32Array)
      values.push(value); // it is there
  const missing = values.filter((value) => (isNumber ? Number.isNaN(value) : value < 0)).length;
  const outputs = Float64Array.from(values);
  const classNames = schema.label?.classNames ?? [];
  if (isNumber) {
    const column = { name: from, type: 'label', missing, summary: 'a number to predict' } as const;
    return { output: like?.output ?? { kind: 'number', column: from }, outputs, column };
  }
  if (classNames.length < 2 && like === undefined) {
    throw new TransferError(
      'one-class',
      `${name}: "${from}" must hold at least 2 classes, got ${listed(classNames) || 'none'}. Choose another column with option label.`,
      { file: name },
    );
  }
  const summary = `${classNames.length} classes (${listed(classNames, 3)})`;
  const output = like?.output ?? ({ kind: 'classes', column: from, classNames } as const);
  return { output, outputs, column: { name: from, type: 'label', missing, summary } };
}
