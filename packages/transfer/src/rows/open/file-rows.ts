import type { DataFiles, Dataset, ReadTableOptions, TableFormat } from '@warmstart/datasets';
import { DatasetError, fromImageFolder, fromTextFolder, readTable } from '@warmstart/datasets';
import { TransferError } from '../../errors.js';
import { countRows } from '../counts/open-counts.js';
import { refuseOtherKind } from '../other-kind.js';
import type { Rows } from '../rows.js';
import { describeTable, namesOf } from '../tables/open-table.js';
import { rowsOfTable } from '../tables/rows-of-table.js';
import { datasetRows } from './dataset-rows.js';
import { kindOfFiles } from './kind-of-files.js';
import { given, type RowsOptions } from './rows-options.js';

/** Rows of files of one's own. */
export async function fileRows(name: string, files: DataFiles, options: RowsOptions): Promise<Rows> {
  try {
    const kind = await kindOfFiles(name, files, options.format);
    if (kind === 'table') return await tableOf(name, files, options);
    const wanted = options.like?.input.kind;
    if (wanted !== undefined && wanted !== kind) throw refuseOtherKind(name, wanted, kind);
    if (kind === 'counts') return await countRows(name, files, options);
    const open = kind === 'images' ? fromImageFolder : fromTextFolder;
    const dataset = await open(files, folderOptions(options));
    // columns of files, classes and paths are columns
    return await datasetRows(dataset as unknown as Dataset, name, options);
  } catch (error) {
    throw error instanceof DatasetError ? unreadable(name, error) : error;
  }
}

async function tableOf(name: string, files: DataFiles, options: RowsOptions): Promise<Rows> {
  const table = await readTable(files, tableOptions(options));
  return rowsOfTable(describeTable({ name, table, origin: table.origin }, options), options);
}

/** What is not read is not kept either. */
function tableOptions(options: RowsOptions): ReadTableOptions {
  const { ignore = [], types = {}, delimiter, quote, encoding, header, decimal, thousands, format } = options;
  const { sheet, xlsx, limits, signal, onEvent } = options;
  const skipped = new Set([...ignore, ...Object.keys(types).filter((column) => types[column] === 'ignore')]);
  const wanted = wantedColumns(options);
  const stated = {
    delimiter,
    quote,
    encoding,
    header,
    decimal,
    thousands,
    sheet,
    xlsx,
    limits,
    signal,
    onEvent,
  };
  return {
    ...Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined)),
    ...(isTableFormat(format) ? { format } : {}),
    columns: (column) => !skipped.has(column) && (wanted?.has(column) ?? true),
  };
}

/** What a model needs of new rows; undefined where a label is still to be looked for. */
function wantedColumns({
  like,
  label,
  splitColumn,
}: RowsOptions): Set<string | null | undefined> | undefined {
  if (like?.output === undefined || like.input.kind !== 'table') return undefined;
  return new Set([...namesOf(like.input), label ?? like.output.column, splitColumn]);
}

function isTableFormat(format: RowsOptions['format']): format is TableFormat {
  return format !== undefined && ['csv', 'tsv', 'jsonl', 'parquet', 'xlsx'].includes(format);
}

/** Classes by the names that a model knows; where it knows none, those of the folders. */
function folderOptions(options: RowsOptions) {
  const { like, unknown = 'error', limits, signal, onEvent } = options;
  const output = like?.output;
  const learned = output?.kind === 'classes' ? output.classNames : undefined;
  return {
    ...(learned === undefined
      ? {}
      : {
          classNames: learned,
          unknownClass: unknown === 'missing' ? ('unlabelled' as const) : ('error' as const),
        }),
    ...given(options, ['split', 'splitFolders', 'classLevel', 'excludeFolders', 'empty', 'encoding']),
    ...(limits ? { limits } : {}),
    ...(signal ? { signal } : {}),
    ...(onEvent ? { onEvent } : {}),
  };
}

const codes: { readonly [code: string]: TransferError['code'] } = {
  missing: 'no-data',
  'missing-peer': 'no-data',
};

function unreadable(name: string, error: DatasetError): TransferError {
  const message = error.message.replace(/^(?:readTable|fromImageFolder|fromTextFolder|fromCounts): /, '');
  return new TransferError(codes[error.code] ?? 'bad-value', `${name}: ${message}`, {
    file: name,
    cause: error,
  });
}
