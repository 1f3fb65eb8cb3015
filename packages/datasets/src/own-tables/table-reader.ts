import type { Origin } from '../card.js';
import type { DataEvent } from '../events.js';
import type { XlsxReader } from '../formats/xlsx.js';
import type { Limits } from '../limits.js';
import type { DataNote } from '../notes.js';
import type { CellReadOptions } from '../tables/cells.js';
import type { DelimitedOptions } from './delimited-options.js';
import type { RawColumn } from './raw-column.js';

export type TableFormat = 'csv' | 'tsv' | 'jsonl' | 'parquet' | 'xlsx';

export interface ReadTableOptions extends DelimitedOptions {
  /** Default: by the first bytes and the name of the file. */
  readonly format?: TableFormat;
  /** Of a workbook; default the first one with rows. */
  readonly sheet?: string;
  /** Reads workbooks; see `XlsxOptions`. */
  readonly xlsx?: () => Promise<XlsxReader>;
  readonly origin?: Origin;
  readonly limits?: Partial<Limits>;
  readonly onEvent?: (event: DataEvent) => void;
  readonly signal?: AbortSignal;
}

/** Columns that several files of one format fill one after another. */
export interface TableReader {
  readonly columns: readonly RawColumn[];
  readonly names: readonly string[];
  readonly rowCount: number;
  readonly notes: readonly DataNote[];
  add(member: TableMember): Promise<void>;
}

/** A file of a table, and its beginning. */
export interface TableMember {
  readonly path: string;
  readonly format: TableFormat;
  /** The first bytes, a quarter of a megabyte at most. */
  readonly start: Uint8Array;
  /** Whether `start` is the whole file. */
  readonly isWhole: boolean;
  readonly reading: CellReadOptions;
  /** All bytes, once. */
  stream(): AsyncIterable<Uint8Array>;
}
