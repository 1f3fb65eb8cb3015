import { createHash } from 'node:crypto';
import type { ScoutExecutor, ScoutJob, ScoutOutcome } from '@warmstart/guided-tl';
import type { StateDict } from '@warmstart/shapes';
import { type Job, Queue, QueueEvents } from 'bullmq';
import { checkEviction, connect } from './connection.js';
import { defaultQueueName, type QueuedResult, type QueuedScout } from './queued-scout.js';
import { readShared, SharedFolder } from './shared-file.js';

/** What {@link scoutQueue} takes. */
export interface ScoutQueueOptions {
  /** redis://host:port or rediss://… */
  url: string;
  /** A folder that this process and all workers see under the same path. */
  directory: string;
  /** Default `warmstart-scouts`. */
  name?: string;
  /** Scouts in the queue at a time, ≥ 1. Default 64. */
  concurrency?: number;
  /** How often a scout that throws is tried. Default 2. A killed worker's scout is not counted. */
  attempts?: number;
}

/**
 * Runs scouts on whichever machines have a {@link scoutWorker} on the same queue and see the same folder.
 * Jobs and results travel as names of files and their digests; what finished stays in the folder, so a run
 * that is started again finds it.
 *
 * @returns an executor for `scout`; `close()` ends the connection, not the workers
 * @throws QueueError `unreachable`, `eviction`
 * @see https://docs.bullmq.io
 */
export async function scoutQueue<Subproblem>(
  options: ScoutQueueOptions,
): Promise<ScoutExecutor<Subproblem> & { close(): Promise<void> }> {
  const { url, directory, name = defaultQueueName, concurrency = 64, attempts = 2 } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`scoutQueue: concurrency must be an integer ≥ 1, got ${concurrency}.`);
  }
  const connection = await connect(url);
  try {
    await checkEviction(connection);
  } catch (error) {
    connection.disconnect();
    throw error;
  }
  const listening = connection.duplicate();
  listening.on('error', () => {}); // it reconnects
  const queue = new Queue<QueuedScout, QueuedResult>(name, { connection });
  const events = new QueueEvents(name, { connection: listening });
  const close = async (): Promise<void> => {
    await events.close();
    await queue.close();
    connection.disconnect();
    listening.disconnect();
  };
  await events.waitUntilReady();
  const folder = new SharedFolder(directory);
  return {
    concurrency,
    async run(job, { signal }) {
      const scout = await queuedScout(folder, job);
      const queued = await submit(queue, scout, attempts);
      const { outcome } = await aborting(queued.waitUntilFinished(events), signal);
      return (await readShared(directory, outcome)) as StateDict | ScoutOutcome;
    },
    close,
  };
}

async function queuedScout(folder: SharedFolder, job: ScoutJob): Promise<QueuedScout> {
  const base = await folder.write('base', job.base);
  const subproblem = await folder.write('subproblem', job.subproblem);
  const guides = job.guides && (await folder.write('guides', job.guides));
  const name = [base.sha256, subproblem.sha256, guides?.sha256 ?? '', job.seed, job.index].join(' ');
  const run = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return { index: job.index, seed: job.seed, base, subproblem, run, ...(guides ? { guides } : {}) };
}

/** The job is named by what it is, so a second submission joins the first; one that failed is tried anew. */
async function submit(
  queue: Queue<QueuedScout, QueuedResult>,
  scout: QueuedScout,
  attempts: number,
): Promise<Job<QueuedScout, QueuedResult>> {
  const earlier = (await queue.getJob(scout.run)) as Job<QueuedScout, QueuedResult> | undefined;
  if (earlier && (await earlier.isFailed())) await earlier.remove();
  return (await queue.add('scout', scout, {
    jobId: scout.run,
    attempts,
    backoff: { type: 'exponential', delay: 1000 },
  })) as Job<QueuedScout, QueuedResult>;
}

function aborting<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
