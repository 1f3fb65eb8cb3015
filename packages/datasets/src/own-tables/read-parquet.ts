import { memoryFile } from '../files.js';
import { collectBytes } from '../formats/byte-reader.js';
import { readParquet } from '../formats/parquet.js';
import type { DataNote } from '../notes.js';
import type { RawColumn } from './raw-column.js';
import type { ReadTableOptions, TableMember, TableReader } from './table-reader.js';
import { ValueColumns } from './value-columns.js';

/** Rows of Parquet files. */
export class ParquetColumns implements TableReader {
  readonly notes: DataNote[] = [];
  readonly #columns: ValueColumns;

  constructor({ columns = () => true }: ReadTableOptions) {
    this.#columns = new ValueColumns(columns);
  }

  get columns(): readonly RawColumn[] {
    return this.#columns.columns;
  }

  get names(): readonly string[] {
    return this.#columns.names;
  }

  get rowCount(): number {
    return this.#columns.rowCount;
  }

  async add({ path, reading, stream }: TableMember): Promise<void> {
    const bytes = await collectBytes(stream());
    for await (const rows of readParquet(memoryFile(path, bytes))) {
      reading.signal?.throwIfAborted();
      for (const row of rows) this.#columns.addRecord(row, path);
    }
  }
}
