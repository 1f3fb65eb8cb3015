import { DatasetError } from '../errors.js';
import { readJsonArray } from '../formats/json-array.js';
import { readJsonLines } from '../formats/lines.js';
import type { DataNote } from '../notes.js';
import { refuseManyColumns } from './many-columns.js';
import type { RawColumn } from './raw-column.js';
import { refuseOtherText } from './refuse-other-text.js';
import type { ReadTableOptions, TableMember, TableReader } from './table-reader.js';
import { ValueColumns } from './value-columns.js';

/** JSON objects, one a line or as one array. */
export class JsonColumns implements TableReader {
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

  async add({ path, start, reading, stream }: TableMember): Promise<void> {
    refuseOtherText(start, path);
    const { limits, signal } = reading;
    const isArray = /^\s*\[/.test(new TextDecoder().decode(start.subarray(0, 256)));
    const read = isArray ? readJsonArray : readJsonLines;
    for await (const values of read(stream(), { file: path, limits })) {
      signal?.throwIfAborted();
      for (const value of values) this.#add(value, path);
      refuseManyColumns(this.#columns.names.length, limits, path);
    }
  }

  #add(value: unknown, file: string): void {
    try {
      this.#columns.addRecord(value, file);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      const message = 'readTable: a value lies too deep in others to be written as text.';
      throw new DatasetError('limit', message, { file, record: this.rowCount + 1 }, { cause });
    }
  }
}
