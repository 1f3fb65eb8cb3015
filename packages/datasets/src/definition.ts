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

/** A data set: how to read its official files, and what it is without them. */
export interface DatasetDefinition<C extends Columns> {
  readonly card: Card;
  /** The split read when none is named. */
  readonly defaultSplit: string;
  /** Whether the rows are few enough to be held in memory unless asked otherwise. */
  readonly small: boolean;
  schema(split: string): Schema<C>;
  read(files: DataFiles, options: ReadOptions): AsyncIterable<Batch<C>>;
  /** Files in the official format that need no network: the set itself, an excerpt, or a synthetic stand-in. */
  offline(options: OfflineOptions): Promise<DataFiles>;
}

export interface OfflineOptions {
  /** Of synthetic files. */
  readonly seed: number;
  /** Rows per split of synthetic files. */
  readonly rows: number | undefined;
}
