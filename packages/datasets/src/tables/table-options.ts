import type { Origin } from '../card.js';
import type { DataEvent } from '../events.js';
import type { Limits } from '../limits.js';
import type { ColumnType, Table } from './table.js';

/** What rows without a value become. */
export type MissingPolicy =
  /** a DatasetError that counts them and names the first */
  | 'error'
  /** rows that lack a value in any column that is read are left out */
  | 'drop'
  /** numbers become their column's mean; categories, labels −1; targets NaN */
  | 'mean'
  /** numbers and targets become NaN; categories, labels −1 */
  | 'nan';

export interface TableOptions {
  /** The column with the classes; it becomes `label`, whatever its name. */
  readonly label?: string;
  /** The classes in their order. Default: the values found, numbers by size, then the rest by code unit. */
  readonly classNames?: readonly string[];
  /** A column of numbers to predict; it becomes `target`, whatever its name. */
  readonly target?: string;
  /**
   * Types of columns by name. The others are inferred: `number` if every value is one (not `0012`, not an
   * integer past 2^53); else `category` with at most 1,000 values that come twice on average; else `text`.
   */
  readonly types?: Readonly<Record<string, ColumnType>>;
  /** How an earlier file was read (`dataset.table`): same columns, classes and means, and no first pass. */
  readonly table?: Table;
  /** Default `error`. */
  readonly missing?: MissingPolicy;
  /** Words that mean "no value". Default: empty, `?`, `NA`, `N/A`, `#N/A`, `<NA>`, `NaN`, `nan`, `NULL`, `null`, `None`. */
  readonly missingValues?: readonly string[];
  /** Categories as one int32 column each (default), or one-hot at the end of `features`. */
  readonly categories?: 'index' | 'one-hot';
  /** Of `features` and `target`. Default `float32`. */
  readonly dtype?: 'float32' | 'float64';
  /** True reads rows when asked for; false holds them in memory. Default: in memory up to 64 MiB of files. */
  readonly stream?: boolean;
  /** Default `official`: the rows are what they are; `synthetic` for files that say so. */
  readonly origin?: Origin;
  readonly limits?: Partial<Limits>;
  readonly onEvent?: (event: DataEvent) => void;
  readonly signal?: AbortSignal;
}
