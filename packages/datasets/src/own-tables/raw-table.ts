import type { Origin } from '../card.js';
import type { DataPlace } from '../errors.js';
import type { DataNote } from '../notes.js';
import type { RawColumn } from './raw-column.js';

/** A table in memory: its columns as the files have them. */
export interface RawTable {
  readonly rowCount: number;
  /** Those that were read, in the order of the file. */
  readonly columns: readonly RawColumn[];
  /** Of all columns of the files. */
  readonly names: readonly string[];
  readonly origin: Origin;
  /** What was guessed about the files. */
  readonly notes: readonly DataNote[];
  /** Where a row stands in its file. */
  placeOf(row: number): DataPlace;
}
