import { seededRandom } from '@warmstart/random';
import type { Random } from '@warmstart/shapes/host';
import type { Batch, Columns, Schema } from '../columns.js';
import { countRows, makeBatch } from '../columns.js';
import type { OpenOptions, Reader, Source, State } from '../source.js';
import { stateNumber, stateRecord } from '../source.js';

export interface MapContext {
  readonly epoch: number;
  /** Position in the pass of the batch's first row. */
  readonly firstRow: number;
  /** Random numbers for one row of the batch: the same however rows are batched, resumed or shared out. */
  random(row: number): Random;
}

/** What to do with a batch: give new columns for its rows, leaving the given ones unchanged. */
export type MapBatch<C extends Columns, D extends Columns> = (
  batch: Batch<C>,
  context: MapContext,
) => D | Promise<D>;

export interface MapOptions<C extends Columns, D extends Columns> {
  /** Of the new columns; the old schema if absent. */
  readonly schema?: Schema<D> | ((schema: Schema<C>) => Schema<D>);
  /** Batches worked on at once, for functions that wait for something (a worker, a decoder). Default 1. */
  readonly concurrency?: number;
  /** Of `context.random`. Default 0. */
  readonly seed?: number;
  /** `fewer` where the function may leave rows out: how many there are is then known only once they are read. */
  readonly rows?: 'same' | 'fewer';
}

/** @throws TypeError for what is no function, such as the pair that `log1p` and its like give */
export function checkChange(change: unknown): void {
  if (typeof change === 'function') return;
  const [got, remedy] = Array.isArray(change)
    ? ['an array', 'Spread what log1p, decodeImages and their like give: map(...log1p()).']
    : change instanceof Promise
      ? ['a promise', 'Await it first.']
      : [typeof change, 'It gets a batch and returns its columns.'];
  throw new TypeError(`Dataset.map: change must be a function, got ${got}. ${remedy}`);
}

/** The rows changed batch by batch, in order, `concurrency` batches at a time. */
export function mapBatches<C extends Columns, D extends Columns>(
  parent: Source<C>,
  change: MapBatch<C, D>,
  options: { schema: Schema<D>; concurrency: number; seed: number; rows: 'same' | 'fewer' },
): Source<D> {
  if (!Number.isInteger(options.concurrency) || options.concurrency < 1) {
    throw new RangeError(
      `Dataset.map: concurrency must be an integer of at least 1, got ${options.concurrency}.`,
    );
  }
  return {
    schema: options.schema,
    rowCount: options.rows === 'same' ? parent.rowCount : undefined,
    fingerprint: [parent.fingerprint, ['map', options.seed]],
    open(opening) {
      const { seed, schema, rows } = options;
      return new ReadAhead(parent, opening, options.concurrency, async (batch, firstRow) => {
        const random = (row: number) => seededRandom(seed, 'map', opening.epoch, firstRow + row);
        const columns = await change(batch, { epoch: opening.epoch, firstRow, random });
        return makeBatch(schema, columns, rows === 'same' ? batch.rowCount : countRows(columns, schema));
      });
    },
  };
}

/** The same rows, up to `count` chunks read before they are asked for. */
export function prefetchBatches<C extends Columns>(parent: Source<C>, count: number): Source<C> {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Dataset.prefetch: count must be an integer of at least 1, got ${count}.`);
  }
  return {
    ...parent,
    fingerprint: [parent.fingerprint, 'prefetch'],
    open: (opening) => new ReadAhead(parent, opening, count, async (batch) => batch),
  };
}

interface Pending<D extends Columns> {
  readonly batch: Promise<Batch<D>>;
  readonly after: State;
}

/** Works ahead of its reader; its state is that of what was handed out, not of what was read. */
class ReadAhead<C extends Columns, D extends Columns> implements Reader<D> {
  readonly #reader: Reader<C>;
  readonly #capacity: number;
  readonly #work: (batch: Batch<C>, firstRow: number) => Promise<Batch<D>>;
  readonly #queue: Pending<D>[] = [];
  #state: State;
  #row: number;
  #ended = false;
  #reading: Promise<void> | undefined;

  constructor(
    parent: Source<C>,
    opening: OpenOptions,
    capacity: number,
    work: (batch: Batch<C>, firstRow: number) => Promise<Batch<D>>,
  ) {
    this.#reader = parent.open({ epoch: opening.epoch, state: stateRecord(opening.state).at });
    this.#row = stateNumber(opening.state, 'row');
    this.#state = { at: this.#reader.state(), row: this.#row };
    this.#capacity = capacity;
    this.#work = work;
  }

  async next(): Promise<Batch<D> | undefined> {
    for (;;) {
      while (this.#queue.length === 0 && !this.#ended) await this.#read();
      const pending = this.#queue.shift();
      if (pending === undefined) return undefined;
      if (this.#capacity > 1) this.#readIfRoom();
      const batch = await pending.batch;
      this.#state = pending.after;
      if (batch.rowCount > 0) return batch;
    }
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readOne().finally(() => {
      this.#reading = undefined;
      if (this.#capacity > 1) this.#readIfRoom();
    });
    return this.#reading;
  }

  #readIfRoom(): void {
    if (!this.#ended && this.#queue.length < this.#capacity) void this.#read();
  }

  async #readOne(): Promise<void> {
    try {
      const chunk = await this.#reader.next();
      if (chunk === undefined) {
        this.#ended = true;
        return;
      }
      const batch = this.#work(chunk, this.#row);
      batch.catch(() => {}); // reported by the next() that takes it out
      this.#row += chunk.rowCount;
      this.#queue.push({ batch, after: { at: this.#reader.state(), row: this.#row } });
    } catch (error) {
      this.#ended = true;
      const batch = Promise.reject(error);
      batch.catch(() => {});
      this.#queue.push({ batch, after: this.#state });
    }
  }

  state(): State {
    return this.#state;
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#reading;
    await Promise.allSettled(this.#queue.map(({ batch }) => batch));
    await this.#reader.close();
  }
}
