import { seededRandom } from '@warmstart/random';
import type { Random } from '@warmstart/shapes/host';
import type { Batch, Columns } from './columns.js';
import type { MapBatch } from './stages/map.js';

/** A browser's `Worker` or Node's, told apart by how they are listened to. */
export type BatchWorker = {
  postMessage(message: unknown): void;
  terminate(): unknown;
} & (
  | { addEventListener(type: string, listener: (event: { data?: unknown; message?: string }) => void): void }
  | { on(type: string, listener: (message: unknown) => void): unknown }
);

/** Where a worker's messages come from: `self` in browsers, `parentPort` of `node:worker_threads` on Node. */
export type BatchPort = { postMessage(message: unknown): void } & (
  | { addEventListener(type: 'message', listener: (event: { data?: unknown }) => void): void }
  | { on(type: 'message', listener: (message: unknown) => void): unknown }
);

interface Request {
  readonly id: number;
  readonly batch: Batch;
  readonly epoch: number;
  readonly firstRow: number;
  /** Where each row's random numbers begin. */
  readonly seeds: Float64Array;
}

type Answer = { readonly id: number } & ({ readonly columns: Columns } | { readonly error: string });

export interface WorkerPool<C extends Columns, D extends Columns> {
  /** For `dataset.map(pool.change, { concurrency })`, with a concurrency of at least the number of workers. */
  readonly change: MapBatch<C, D>;
  /** Ends the workers; what is running fails. */
  close(): Promise<void>;
}

/**
 * Lets workers change batches, each what `answerBatches` in its module says. Order, state and resuming
 * are as without workers.
 *
 * @param options.start - starts one worker, e.g. `() => new Worker(new URL('./decode.js', import.meta.url), { type: 'module' })`
 * @param options.count - of workers, at least 1
 */
export function workerPool<C extends Columns, D extends Columns>(options: {
  readonly start: () => BatchWorker;
  readonly count: number;
}): WorkerPool<C, D> {
  if (!Number.isInteger(options.count) || options.count < 1) {
    throw new RangeError(`workerPool: count must be an integer of at least 1, got ${options.count}.`);
  }
  const pending = new Map<number, { resolve: (columns: Columns) => void; reject: (error: Error) => void }>();
  const failAll = (reason: string) => {
    for (const { reject } of pending.values()) reject(new Error(`workerPool: ${reason}`));
    pending.clear();
  };
  const workers = Array.from({ length: options.count }, () => {
    const worker = options.start();
    listen(
      worker,
      (message) => {
        const answer = message as Answer; // only answerBatches posts here
        const waiting = pending.get(answer.id);
        pending.delete(answer.id);
        if ('error' in answer) waiting?.reject(new Error(`workerPool: a worker failed: ${answer.error}`));
        else waiting?.resolve(answer.columns);
      },
      failAll,
    );
    return worker;
  });
  let next = 0;
  return {
    change(batch, { epoch, firstRow, random }) {
      const id = next++;
      const request: Request = { id, batch, epoch, firstRow, seeds: seedsOf(random, batch.rowCount) };
      const worker = workers[id % workers.length] as BatchWorker; // there is at least one
      return new Promise<D>((resolve, reject) => {
        // the worker's columns are checked against the schema by map
        pending.set(id, { resolve: resolve as (columns: Columns) => void, reject });
        worker.postMessage(request);
      });
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
      failAll('the pool was closed.');
    },
  };
}

function seedsOf(random: (row: number) => Random, rowCount: number): Float64Array {
  return Float64Array.from({ length: rowCount }, (_, row) => Math.floor(random(row)() * 2 ** 32));
}

/**
 * In a worker's module: changes every batch that a pool sends.
 *
 * @param port - `self` in browsers, `parentPort` on Node
 */
export function answerBatches<C extends Columns, D extends Columns>(
  port: BatchPort,
  change: MapBatch<C, D>,
): void {
  const answer = async (message: unknown) => {
    const { id, batch, epoch, firstRow, seeds } = message as Request; // only workerPool posts here
    try {
      const random = (row: number): Random => seededRandom(seeds[row] as number, 'worker');
      port.postMessage({ id, columns: await change(batch as Batch<C>, { epoch, firstRow, random }) });
    } catch (error) {
      port.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
    }
  };
  if ('on' in port) port.on('message', (message) => void answer(message));
  else port.addEventListener('message', ({ data }) => void answer(data));
}

function listen(
  worker: BatchWorker,
  onMessage: (message: unknown) => void,
  onError: (reason: string) => void,
): void {
  if ('on' in worker) {
    worker.on('message', onMessage);
    worker.on('error', (error) =>
      onError(`a worker died: ${error instanceof Error ? error.message : String(error)}`),
    );
    return;
  }
  worker.addEventListener('message', ({ data }) => onMessage(data));
  worker.addEventListener('error', ({ message }) =>
    onError(`a worker died: ${message ?? 'no reason given'}`),
  );
}
