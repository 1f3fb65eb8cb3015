import { DatasetError } from '../errors.js';
import type { DataNote } from '../notes.js';
import type { OwnFiles } from '../own-files.js';
import { findFiles } from '../tables/table-files.js';
import { walk } from '../walk.js';
import type { RawTable } from './raw-table.js';
import { DelimitedColumns } from './read-delimited.js';
import { JsonColumns } from './read-json.js';
import { ParquetColumns } from './read-parquet.js';
import { XlsxColumns } from './read-xlsx.js';
import { openMember } from './table-member.js';
import type { ReadTableOptions, TableFormat, TableReader } from './table-reader.js';

const tableNames = /\.(csv|data|txt|tsv|tab|jsonl|ndjson|json|parquet|xlsx)(\.gz)?$/i;

/**
 * The columns of a table of one's own (CSV, TSV, JSON lines or array, Parquet, XLSX), whole and in memory: numbers,
 * words or nothing in each row. What they mean is for {@link inferType} and the views of a column to say.
 *
 * Several files with the same columns are one table. What was guessed about the files stands in `notes`.
 *
 * @throws DatasetError that says what came, in which file and record
 * @example
 * const table = await readTable(folder('patients.csv'));
 * console.log(table.names, table.rowCount, table.notes);
 */
export async function readTable(given: OwnFiles, options: ReadTableOptions = {}): Promise<RawTable> {
  const { limits = {}, onEvent = () => {}, signal } = options;
  const { files, paths, origin } = await findFiles(given, tableNames, 'readTable');
  const starts: { file: string; row: number }[] = [];
  let reader: TableReader | undefined;
  let format = options.format;
  for await (const member of walk(files, { limits, onEvent, signal })) {
    if (!tableNames.test(member.path) && paths.length > 1) continue;
    const opened = await openMember(member, { limits, onEvent, signal });
    format ??= opened.format;
    reader ??= readerOf(format, options);
    starts.push({ file: member.path, row: reader.rowCount });
    await reader.add(opened);
  }
  if (reader === undefined)
    throw new DatasetError('missing', 'readTable: a table is needed, got none in the archive.', {
      file: paths[0],
    });
  const { columns, names, rowCount } = reader;
  const notes = [
    ...reader.notes,
    ...(starts.length > 1 ? [severalFiles(starts.map(({ file }) => file))] : []),
  ];
  return {
    rowCount,
    columns,
    names,
    notes,
    origin: options.origin ?? origin,
    placeOf: (row) => placeIn(starts, row),
  };
}

function placeIn(starts: readonly { file: string; row: number }[], row: number) {
  const start = starts.findLast((one) => one.row <= row);
  return { file: start?.file, record: row - (start?.row ?? 0) + 1 };
}

function readerOf(format: TableFormat, options: ReadTableOptions): TableReader {
  switch (format) {
    case 'csv':
      return new DelimitedColumns(options, ',');
    case 'tsv':
      return new DelimitedColumns(options, '\t');
    case 'jsonl':
      return new JsonColumns(options);
    case 'parquet':
      return new ParquetColumns(options);
    case 'xlsx':
      return new XlsxColumns(options);
  }
}

function severalFiles(paths: readonly string[]): DataNote {
  const shown = paths.slice(0, 3).join(', ');
  const message = `${paths.length} files are read as one table: ${shown}${paths.length > 3 ? ' …' : ''}`;
  return { kind: 'found', code: 'several-files', message };
}
