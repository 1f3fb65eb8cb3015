import type { Batch, Columns } from '../columns.js';
import { sliceBatch } from '../columns.js';
import type { OpenOptions, Reader, Source, State } from '../source.js';
import { stateNumber, stateRecord } from '../source.js';

/**
 * Reads a source row-exactly: rows are taken in any number, and the state is that of the next row.
 * The state holds the parent's state before the chunk in hand and how many of its rows were taken.
 */
export class RowCursor<C extends Columns> {
  readonly #source: Source<C>;
  readonly #reader: Reader<C>;
  #before: State;
  #chunk: Batch<C> | undefined;
  #taken = 0;
  #toSkip: number;

  constructor(source: Source<C>, options: OpenOptions) {
    this.#source = source;
    const { at } = stateRecord(options.state);
    this.#reader = source.open({ epoch: options.epoch, state: at });
    this.#before = this.#reader.state();
    this.#toSkip = stateNumber(options.state, 'skip');
  }

  /** Up to `most` of the next rows that lie together; undefined at the end. */
  async take(most: number): Promise<Batch<C> | undefined> {
    while (this.#chunk === undefined || this.#taken === this.#chunk.rowCount) {
      this.#before = this.#reader.state();
      this.#chunk = await this.#reader.next();
      this.#taken = 0;
      if (this.#chunk === undefined) return undefined;
      this.#taken = Math.min(this.#toSkip, this.#chunk.rowCount);
      this.#toSkip -= this.#taken;
    }
    const start = this.#taken;
    this.#taken = Math.min(this.#chunk.rowCount, start + most);
    return sliceBatch(this.#source.schema, this.#chunk, start, this.#taken);
  }

  /** Exactly `count` rows in as many pieces as they come in, fewer only at the end. */
  async takeAll(count: number): Promise<Batch<C>[]> {
    const parts: Batch<C>[] = [];
    for (let missing = count; missing > 0; ) {
      const part = await this.take(missing);
      if (part === undefined) break;
      parts.push(part);
      missing -= part.rowCount;
    }
    return parts;
  }

  state(): State {
    if (this.#chunk === undefined) return { at: this.#before, skip: this.#toSkip };
    if (this.#taken === this.#chunk.rowCount) return { at: this.#reader.state(), skip: this.#toSkip };
    return { at: this.#before, skip: this.#taken };
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}
