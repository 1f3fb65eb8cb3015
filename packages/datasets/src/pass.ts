import { seededRandom } from '@warmstart/random';
import type { Batch, Columns } from './columns.js';
import { DatasetError } from './errors.js';
import type { Reader, Source, State } from './source.js';
import { stateNumber, stateRecord } from './source.js';

export interface PassOptions {
  /** Which pass this is: shuffling and random changes differ by it. Default 0, or the state's. */
  readonly epoch?: number;
  readonly signal?: AbortSignal;
}

/** One reading of a data set, which knows where it stands. Leaving a `for await` early closes it. */
export class Pass<C extends Columns = Columns> implements AsyncIterableIterator<Batch<C>> {
  readonly #reader: Reader<C>;
  readonly #epoch: number;
  readonly #pipeline: number;
  readonly #signal: AbortSignal | undefined;
  #closed = false;

  /** @internal Use `Dataset.iterate` or `Dataset.resume`. */
  constructor(source: Source<C>, options: PassOptions, state?: State) {
    this.#pipeline = digest(JSON.stringify([source.fingerprint, source.schema]));
    const saved = stateRecord(state);
    if (state !== undefined && saved.pipeline !== this.#pipeline) {
      throw new DatasetError(
        'state',
        'Dataset.resume: the state must come from the same data and operations, got one of another pipeline. Rebuild the pipeline as it was, seeds and sizes included.',
      );
    }
    this.#epoch = options.epoch ?? stateNumber(state, 'epoch');
    this.#signal = options.signal;
    this.#reader = source.open({ epoch: this.#epoch, state: saved.at });
  }

  async next(): Promise<IteratorResult<Batch<C>, undefined>> {
    if (this.#closed) return { done: true, value: undefined };
    try {
      this.#signal?.throwIfAborted();
      const batch = await this.#reader.next();
      if (batch !== undefined) return { done: false, value: batch };
    } catch (error) {
      await this.#close();
      throw error;
    }
    await this.#close();
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Batch<C>, undefined>> {
    await this.#close();
    return { done: true, value: undefined };
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#reader.close();
  }

  /** Where the next batch begins, as plain JSON: give it to `resume` of the same pipeline. */
  state(): State {
    return { pipeline: this.#pipeline, epoch: this.#epoch, at: this.#reader.state() };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** A number that stands for the text: the first of the stream that it names. */
function digest(text: string): number {
  return Math.floor(seededRandom(0, 'pipeline', text)() * 2 ** 32);
}
