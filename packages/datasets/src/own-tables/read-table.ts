import type { Origin } from '../card.js';
import { DatasetError } from '../errors.js';
import type { DataEvent } from '../events.js';
import type { Limits } from '../limits.js';
import type { OwnFiles } from '../own-files.js';
import { findFiles } from '../tables/table-files.js';
import { walk } from '../walk.js';
import type { RawTable } from './raw-table.js';
import type { DelimitedOptions } from './read-delimited.js';
import { DelimitedColumns } from './read-delimited.js';

export type TableFormat = 'csv' | 'tsv';

export interface ReadTableOptions extends DelimitedOptions {
  /** Default: by the name of the file. */
  readonly format?: TableFormat;
  readonly origin?: Origin;
  readonly limits?: Partial<Limits>;
  readonly onEvent?: (event: DataEvent) => void;
  readonly signal?: AbortSignal;
}

const endings: { readonly [Format in TableFormat]: RegExp } = {
  csv: /\.(csv|data|txt)(\.gz)?$/i,
  tsv: /\.(tsv|tab)(\.gz)?$/i,
};

/**
 * The columns of a table of one's own, whole and in memory: numbers, words or nothing in each row. What they mean is
 * for {@link inferType} and the views of a column to say.
 */
export async function readTable(given: OwnFiles, options: ReadTableOptions = {}): Promise<RawTable> {
  const { limits = {}, onEvent = () => {}, signal, format = 'csv' } = options;
  const names = endings[format];
  const { files, paths, origin } = await findFiles(given, names, 'readTable');
  const columns = new DelimitedColumns(options, format === 'tsv' ? '\t' : ',');
  const starts: { file: string; row: number }[] = [];
  const reading = { limits, onEvent, signal };
  for await (const member of walk(files, reading)) {
    const isTable = names.test(member.path) || paths.length === 1;
    if (!isTable) continue;
    starts.push({ file: member.path, row: columns.rowCount });
    await columns.add(member, reading);
  }
  if (starts.length === 0)
    throw new DatasetError('missing', 'readTable: a table is needed, got none in the archive.', {
      file: paths[0],
    });
  return {
    rowCount: columns.rowCount,
    columns: columns.columns,
    names: columns.names ?? [],
    origin: options.origin ?? origin,
    notes: columns.notes,
    placeOf(row) {
      const start = starts.findLast((one) => one.row <= row);
      return { file: start?.file, record: row - (start?.row ?? 0) + 1 };
    },
  };
}
