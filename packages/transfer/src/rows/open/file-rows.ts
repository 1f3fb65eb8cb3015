import type { DataFiles, ReadTableOptions } from '@warmstart/datasets';
import { DatasetError, readTable } from '@warmstart/datasets';
import { TransferError } from '../../errors.js';
import type { Rows } from '../rows.js';
import { describeTable } from '../tables/open-table.js';
import { rowsOfTable } from '../tables/rows-of-table.js';
import type { RowsOptions } from './rows-options.js';

/** Rows of files of one's own. */
export async function fileRows(name: string, files: DataFiles, options: RowsOptions): Promise<Rows> {
  try {
    const table = await readTable(files, tableOptions(options));
    return rowsOfTable(describeTable({ name, table, origin: table.origin }, options), options);
  } catch (error) {
    throw error instanceof DatasetError ? unreadable(name, error) : error;
  }
}

/** What is not read is not kept either. */
function tableOptions(options: RowsOptions): ReadTableOptions {
  const { ignore = [], types = {}, delimiter, quote, encoding, header, decimal, thousands, format } = options;
  const { limits, signal, onEvent } = options;
  const skipped = new Set([...ignore, ...Object.keys(types).filter((column) => types[column] === 'ignore')]);
  const stated = { delimiter, quote, encoding, header, decimal, thousands, limits, signal, onEvent };
  return {
    ...Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined)),
    ...(format === 'csv' || format === 'tsv' ? { format } : {}),
    columns: (column) => !skipped.has(column),
  };
}

const codes: { readonly [code: string]: TransferError['code'] } = {
  missing: 'no-data',
  malformed: 'bad-value',
};

function unreadable(name: string, error: DatasetError): TransferError {
  const message = error.message.replace(/^readTable: /, '');
  return new TransferError(codes[error.code] ?? 'bad-value', `${name}: ${message}`, {
    file: name,
    cause: error,
  });
}
