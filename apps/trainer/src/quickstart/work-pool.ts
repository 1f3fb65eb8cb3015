import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import Tinypool from 'tinypool';
import type { Job, JobOutcome } from './jobs.js';
import type { OnProgress } from './verbs.js';

type ReportingKind = 'pretrain' | 'scout';

/** Runs the quickstart's jobs on this machine's cores. */
export interface WorkPool {
  readonly workers: number;
  run<Kind extends Exclude<Job['kind'], ReportingKind>>(
    job: Extract<Job, { kind: Kind }>,
  ): Promise<JobOutcome[Kind]>;
  /** A job that reports while it runs. */
  runReporting<Kind extends ReportingKind>(
    job: Omit<Extract<Job, { kind: Kind }>, 'port'>,
    onProgress: OnProgress,
  ): Promise<JobOutcome[Kind]>;
  close(): Promise<void>;
}

/** @param signal - when aborted, the workers are ended and what they ran rejects with its reason */
export function openWorkPool(signal: AbortSignal): WorkPool {
  const workers = Math.max(1, availableParallelism());
  const pool = new Tinypool({
    filename: fileURLToPath(new URL('./quickstart-worker.js', import.meta.url)),
    runtime: 'worker_threads',
    minThreads: workers,
    maxThreads: workers,
    isolateWorkers: false,
  });
  // one listener for all jobs: a signal per job would add one for each that waits
  const stop = () => void pool.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const run = <Result>(job: Job, transferList: MessagePort[] = []): Promise<Result> =>
    pool.run(job, { transferList }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  return {
    workers,
    run: (job) => run(job),
    runReporting: <Kind extends ReportingKind>(
      job: Omit<Extract<Job, { kind: Kind }>, 'port'>,
      onProgress: OnProgress,
    ) => {
      const { port1, port2 } = new MessageChannel();
      port1.on('message', ({ done, loss }) => onProgress(done, loss));
      const whole = { ...job, port: port2 } as unknown as Job; // the job with its port is one again
      return run<JobOutcome[Kind]>(whole, [port2]).finally(() => port1.close());
    },
    close: () => {
      signal.removeEventListener('abort', stop);
      return pool.destroy();
    },
  };
}
