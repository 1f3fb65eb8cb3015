import * as tf from '@tensorflow/tfjs-core';
import type { StepPosition } from '@warmstart/shapes';

/**
 * Where batches come from:
 * - an array, or anything that can be iterated anew each epoch; its tensors stay their owner's,
 * - a function of the position; the tensors it makes are disposed after the step, others are left alone.
 *   If it answers with a promise, its tensors stay their owner's, as above.
 */
export type Batches<Batch> =
  | Iterable<Batch>
  | AsyncIterable<Batch>
  | ((at: StepPosition) => Batch | Promise<Batch>);

/** One batch, and how to let go of it. */
export interface Pulled<Batch> {
  batch: Batch;
  release(): void;
}

/** Batches one at a time, epoch by epoch. */
export interface BatchSource<Batch> {
  /** @returns undefined where the epoch ends */
  next(at: StepPosition): Promise<Pulled<Batch> | undefined>;
  /** Begins an epoch after its first `skip` batches. */
  restart(skip: number): Promise<void>;
  close(): Promise<void>;
}

/** @param batchesPerEpoch - for a function: where epochs end; without it there is one endless epoch */
export function batchSource<Batch>(batches: Batches<Batch>, batchesPerEpoch?: number): BatchSource<Batch> {
  return typeof batches === 'function'
    ? new FunctionSource(batches, batchesPerEpoch ?? Number.POSITIVE_INFINITY)
    : new IterableSource(batches);
}

class FunctionSource<Batch> implements BatchSource<Batch> {
  readonly #make: (at: StepPosition) => Batch | Promise<Batch>;
  readonly #perEpoch: number;
  #given = 0;

  constructor(make: (at: StepPosition) => Batch | Promise<Batch>, perEpoch: number) {
    this.#make = make;
    this.#perEpoch = perEpoch;
  }

  async next(at: StepPosition): Promise<Pulled<Batch> | undefined> {
    if (this.#given >= this.#perEpoch) return undefined;
    this.#given++;
    const { made, created } = withCreated(() => this.#make(at));
    if (isPromise(made)) return { batch: await made, release: () => {} };
    const release = () => {
      for (const tensor of created) if (!tensor.kept && !tensor.isDisposed) tensor.dispose();
    };
    return { batch: made, release };
  }

  async restart(skip: number): Promise<void> {
    this.#given = skip;
  }

  async close(): Promise<void> {}
}

class IterableSource<Batch> implements BatchSource<Batch> {
  readonly #batches: Iterable<Batch> | AsyncIterable<Batch>;
  #iterator: Iterator<Batch> | AsyncIterator<Batch> | undefined;

  constructor(batches: Iterable<Batch> | AsyncIterable<Batch>) {
    this.#batches = batches;
  }

  async next(_at: StepPosition): Promise<Pulled<Batch> | undefined> {
    const result = await this.#iterator?.next();
    if (!result || result.done) {
      this.#iterator = undefined;
      return undefined;
    }
    return { batch: result.value, release: () => {} };
  }

  async restart(skip: number): Promise<void> {
    await this.close();
    this.#iterator = iterate(this.#batches);
    for (let index = 0; index < skip; index++) {
      if ((await this.#iterator.next()).done) {
        throw new RangeError(
          `fit: batches must hold the ${skip} batches that the checkpoint has already used of this epoch, ` +
            `got ${index}. Resume with the data set of the first run.`,
        );
      }
    }
  }

  async close(): Promise<void> {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    await iterator?.return?.();
  }
}

function iterate<Batch>(
  batches: Iterable<Batch> | AsyncIterable<Batch>,
): Iterator<Batch> | AsyncIterator<Batch> {
  return Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
}

/** Runs `make` and notes the tensors made meanwhile, without disposing any. */
function withCreated<T>(make: () => T): { made: T; created: tf.Tensor[] } {
  const engine = tf.engine();
  engine.startScope('batch');
  let created: tf.Tensor[] = [];
  try {
    const made = make();
    created = [...engine.state.activeScope.track];
    return { made, created };
  } finally {
    engine.endScope(created); // what is named here outlives the scope
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
