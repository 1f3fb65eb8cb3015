import type { Batch, Columns, Schema } from './columns.js';

/** Anything `JSON.stringify` keeps. */
export type State = null | boolean | number | string | State[] | { [key: string]: State };

/** One pass over the rows. `state()` says where the next call of `next()` continues. */
export interface Reader<C extends Columns = Columns> {
  next(): Promise<Batch<C> | undefined>;
  state(): State;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Which time the rows are read; shuffling differs by it. */
  readonly epoch: number;
  /** What `state()` of an earlier reader gave; from the start if absent. */
  readonly state?: State | undefined;
}

/** Where rows come from: opened any number of times, always giving the same rows. */
export interface Source<C extends Columns = Columns> {
  readonly schema: Schema<C>;
  /** Rows in one pass, if known before reading. */
  readonly rowCount: number | undefined;
  /** Names the operations and their settings, so that a state of another pipeline is refused. */
  readonly fingerprint: State;
  open(options: OpenOptions): Reader<C>;
  /** Where access is random: the given rows, in the given order. */
  at?(rows: Uint32Array): Promise<Batch<C>>;
}

/** @internal What a state must be for this reader. */
export function stateRecord(state: State | undefined): { [key: string]: State } {
  return typeof state === 'object' && state !== null && !Array.isArray(state) ? state : {};
}

/** @internal */
export function stateNumber(state: State | undefined, key: string): number {
  const value = stateRecord(state)[key];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
