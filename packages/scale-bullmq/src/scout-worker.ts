import { join } from 'node:path';
import type { TrainScout } from '@warmstart/guided-tl';
import type { StateDict } from '@warmstart/shapes';
import { Worker } from 'bullmq';
import { connect } from './connection.js';
import { defaultQueueName, type QueuedResult, type QueuedScout } from './queued-scout.js';
import { readShared, writeShared } from './shared-file.js';

/** What {@link scoutWorker} takes. */
export interface ScoutWorkerOptions<Subproblem> {
  /** redis://host:port or rediss://… */
  url: string;
  /** The folder that the process which scouts writes to. */
  directory: string;
  /** Trains one scout; may keep a checkpoint at `job.checkpoint` and continue from it. */
  train: TrainScout<Subproblem>;
  /** Default `warmstart-scouts`. */
  name?: string;
  /**
   * After so long without a sign of life a scout is given to another worker; must be well above the longest
   * time for which `train` blocks the thread. Default 60,000 ms.
   */
  lockMs?: number;
  onEvent?: (event: WorkerEvent) => void;
}

/** What a worker did. */
export type WorkerEvent =
  | { type: 'scout-start'; index: number }
  | { type: 'scout-end'; index: number }
  | { type: 'scout-failed'; index: number | undefined; message: string };

/**
 * Takes scouts from the queue, one at a time, until closed. Start as many as there are cores, on any machine
 * that sees the folder. A worker that is killed loses its scout to another one, which continues from the
 * scout's own checkpoint.
 *
 * @returns `close()` finishes the scout at hand, then ends the connection
 * @throws QueueError `unreachable`
 */
export async function scoutWorker<Subproblem>(
  options: ScoutWorkerOptions<Subproblem>,
): Promise<{ close(): Promise<void> }> {
  const { url, directory, train, name = defaultQueueName, lockMs = 60_000, onEvent } = options;
  const connection = await connect(url);
  const worker = new Worker<QueuedScout, QueuedResult>(
    name,
    async ({ data }) => {
      onEvent?.({ type: 'scout-start', index: data.index });
      const job = {
        // read from the file for every scout: nothing is shared between them
        base: (await readShared(directory, data.base)) as StateDict,
        subproblem: (await readShared(directory, data.subproblem)) as Subproblem,
        ...(data.guides ? { guides: (await readShared(directory, data.guides)) as StateDict } : {}),
        seed: data.seed,
        index: data.index,
        checkpoint: join(directory, `checkpoint-${data.run}`),
      };
      const outcome = await writeShared(directory, 'outcome', await train(job, {}));
      onEvent?.({ type: 'scout-end', index: data.index });
      return { outcome };
    },
    {
      connection,
      concurrency: 1,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: 100, // machines may come and go: a killed worker is no fault of the scout
    },
  );
  worker.on('failed', (job, error) => {
    onEvent?.({ type: 'scout-failed', index: job?.data.index, message: error.message });
  });
  worker.on('error', () => {}); // a lost connection; it reconnects
  return {
    async close() {
      await worker.close();
      connection.disconnect();
    },
  };
}
