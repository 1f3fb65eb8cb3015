import type { Card } from './card.js';
import type { Batch, Columns, Schema } from './columns.js';
import type { DataEvent } from './events.js';
import type { DataFiles } from './files.js';
import type { Limits } from './limits.js';

export interface ReadOptions {
  readonly split: string;
  readonly limits: Partial<Limits>;
  readonly onEvent: (event: DataEvent) => void;
  readonly signal: AbortSignal | undefined;
}

/** One split of a set, found in the given files and ready to be read any number of times. */
export interface OpenedSplit<C extends Columns> {
  readonly schema: Schema<C>;
  /** Where it is known without reading. */
  readonly rowCount?: number;
  read(): AsyncIterable<Batch<C>>;
  /** Where single rows can be reached without reading the others. */
  readonly at?: (rows: Uint32Array) => Promise<Batch<C>>;
}

/** A data set: how to read its official files, and what it is without them. */
export interface DatasetDefinition<C extends Columns> {
  readonly card: Card;
  /** The split read when none is named. */
  readonly defaultSplit: string;
  /** The split that is the set's table as it stands in its files, where that is another one. */
  readonly tableSplit?: string;
  /** Whether the rows are few enough to be held in memory unless asked otherwise. */
  readonly small: boolean;
  open(files: DataFiles, options: ReadOptions): Promise<OpenedSplit<C>>;
  /** Files in the official format that need no network: the set itself, an excerpt, or a synthetic stand-in. */
  offline(options: OfflineOptions): Promise<DataFiles>;
}

interface OfflineOptions {
  /** Of synthetic files. */
  readonly seed: number;
  /** Rows per split of synthetic files; each set has its own default. */
  readonly rows?: number | undefined;
}
