import type { Dataset, DatasetName } from '@warmstart/datasets';
import { isDatasetName, load } from '@warmstart/datasets';
import { TransferError } from '../errors.js';
import { datasetRows } from './open/dataset-rows.js';
import { fileRows } from './open/file-rows.js';
import type { RowsOptions } from './open/rows-options.js';
import { checkRowsOptions } from './open/rows-options.js';
import type { Rows } from './rows.js';
import type { RowsSource } from './rows-source.js';
import { filesOf, isPathThere } from './rows-source.js';

/**
 * Rows to learn from or to predict on: a table (CSV, TSV, JSON lines or array, Parquet, XLSX), a folder of images or
 * texts, counts by gene, or a data set of `@warmstart/datasets`.
 *
 * Types of columns, the label and how the file is written are guessed; every guess stands in `notes` with the option
 * that overrules it. With `like`, rows are read as a model learned them: columns, classes and words by name.
 *
 * @throws TransferError that says what came, where, and what to do; TypeError for a source that is none of these
 * @example
 * const rows = await readRows('patients.csv', { label: 'diagnosis' });
 * console.log(rows.rowCount, rows.notes);
 * const { output } = rows; // { kind: 'classes', column: 'diagnosis', classNames: [ 'benign', 'malignant' ] }
 */
export async function readRows(source: RowsSource, options: RowsOptions = {}): Promise<Rows> {
  checkRowsOptions(options);
  if (typeof source === 'string') {
    if (await isPathThere(source)) return fileRows(source, filesOf(source), options);
    if (isDatasetName(source)) return datasetRows(await loadByName(source, options), source, options);
    throw new TransferError(
      'no-data',
      `readRows: there is no file, folder or data set "${source}". Check the path.`,
      { file: source },
    );
  }
  if (isDataset(source)) return datasetRows(source, source.card?.name ?? 'the data set', options);
  return fileRows(nameOf(source), filesOf(source), options);
}

async function loadByName(name: DatasetName, { limits, signal, onEvent }: RowsOptions): Promise<Dataset> {
  const loaded = await load(name, {
    ...(limits ? { limits } : {}),
    ...(signal ? { signal } : {}),
    ...(onEvent ? { onEvent } : {}),
  });
  return loaded as unknown as Dataset; // the columns of every set are columns
}

function isDataset(source: RowsSource): source is Dataset {
  return typeof source === 'object' && source !== null && 'schema' in source && 'collect' in source;
}

function nameOf(source: Exclude<RowsSource, string | Dataset>): string {
  if (Array.isArray(source)) {
    const [first] = source as readonly { readonly name?: string; readonly webkitRelativePath?: string }[];
    const path = first?.webkitRelativePath || first?.name || 'the files';
    return source.length === 1 ? path : (path.split('/')[0] ?? path);
  }
  return 'name' in source && typeof source.name === 'string' ? source.name : 'the rows';
}
