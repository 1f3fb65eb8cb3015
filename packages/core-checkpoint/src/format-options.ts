import type { Hdf5Module } from './hdf5/module.js';
import type { Limits } from './limits.js';
import type { ReadOptions } from './sources/byte-record.js';

/** What to do with an object whose class is not in the table: refuse the file, or leave the object out. */
export type OnUnknown = 'error' | 'skip';

/** How a format's reader works. */
export interface FormatOptions extends ReadOptions {
  readonly limits: Limits;
  readonly onUnknown: OnUnknown;
  /** the module `h5wasm`, for HDF5 */
  readonly hdf5?: Hdf5Module | undefined;
}
